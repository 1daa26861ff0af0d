// Pages without a session: sign-in, set-up and errors.

import "./parts.js";
import "./await.js";
