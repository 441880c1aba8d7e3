#pragma once

#include "daemon/config.h"
#include "rules/engine.h"

namespace revisitd::daemon {

// What the configuration says of the engine.
inline rules::EngineOptions engine_options(const Config& config) {
  const GlobalConfig& global = config.global;
  return {.ladder = global.slots,
          .reminders = {.first = global.reminders, .every = global.reminder_every},
          .review_grace = global.review_grace,
          .snooze_notice = global.snooze_notice,
          .catalogue = config.catalogue};
}

}  // namespace revisitd::daemon
