#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/cli/commands.h"
#include "daemon/config.h"
#include "rules/decision.h"
#include "rules/diagnostic.h"
#include "rules/hygiene.h"

// What `check records --live` finds.
namespace revisitd::daemon::cli {

struct LiveFinding {
  std::string service, kind, trigger;
  Diagnostic diagnostic;
};
struct LiveFindings {
  std::vector<LiveFinding> findings;
  std::vector<std::string> notes;  // what could not be looked at, one line each
  bool complete = true;            // whoever had to be asked has answered
};

// Asks the configuration's Prometheus-compatible servers for the history of the decisions' signals.
LiveFindings ask_servers(const Config& config,
                         const std::vector<std::shared_ptr<const rules::Decision>>& decisions,
                         TimePoint now, Duration look_back);
// Asks the running daemon, which also has what it scraped itself, for its findings about these
// decisions. They are shown where the trigger stands in the record as it is here. A decision that
// the daemon does not have is a note, and the answer is not complete.
Result<LiveFindings> ask_daemon(
    const ClientOptions& options,
    const std::vector<std::shared_ptr<const rules::Decision>>& decisions);

}  // namespace revisitd::daemon::cli
