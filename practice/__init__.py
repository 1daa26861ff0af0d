"""The practice exchange: a stand-in for the carrier that executes TwiML and speaks Twilio's REST API and webhooks."""
