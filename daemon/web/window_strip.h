#pragma once

#include "daemon/web/html.h"
#include "rules/ledger.h"
#include "rules/time.h"

namespace revisitd::daemon::web {

// A trigger's window as a strip, oldest slot on the left: breaches stand tall, ok slots are low,
// idle ones a line, blind ones a hole, so that the states differ in height as well as in colour.
// One breach among many slots still shows.
Html draw_window_strip(const rules::SlotLedger& ledger, Duration length);

}  // namespace revisitd::daemon::web
