// Pages without a session: sign-in and errors.

import "./parts.js";
