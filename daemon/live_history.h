#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collectors/promql_source.h"
#include "rules/engine.h"

namespace revisitd::daemon {

// What Prometheus-compatible servers know of the slots that decisions ask for.
struct LiveHistory {
  rules::SlotHistory history;
  // (service, signal) that no server could be asked for: scraped by a daemon, or the server failed.
  std::set<std::pair<std::string, std::string>> unasked;
  std::vector<std::string> problems;  // one line for each signal of a server that failed
};

// Asks for each query once for the whole fleet, in pieces of at most `piece`, and keeps what the
// decisions in force need. `sources` by name; everything must outlive the call.
boost::asio::awaitable<LiveHistory> fetch_history(
    const std::map<std::string, std::unique_ptr<collectors::PromqlSource>>& sources,
    const rules::Engine& engine, std::vector<rules::HistoryNeed> needs, Duration piece);

}  // namespace revisitd::daemon
