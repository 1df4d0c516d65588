"use strict";
// matrix-bot-sdk names this package among its dependencies and never loads it; the original brings tough-cookie 2 (CVE-2023-26136).
throw new Error("request-promise is not used by Opsroom; see vendor/request-promise/README.md");
