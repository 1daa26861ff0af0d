// Every page of a signed-in person.

import "./parts.js";
import "./tick.js";
import "./blank.js";
import "./lock.js";
import "./live.js";
import "./topbar.js";
import "./presence.js";
