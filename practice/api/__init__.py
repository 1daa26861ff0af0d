"""The REST side of the exchange, one file per noun of Twilio's API."""
