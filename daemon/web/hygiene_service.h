#pragma once

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "daemon/app_view.h"
#include "daemon/web/html.h"
#include "rules/hygiene.h"

// What is wrong with a decision that reads well, from the slots of the last half year.
namespace revisitd::daemon::web {

// Empty when there is no such decision any more, or another revision of it since it was asked. An
// answer counts for ten of the shortest slots, at most ten minutes, unless the record
// or the roster changes.
boost::asio::awaitable<rules::HygieneReport> hygiene_of(AppView& app, std::string service);

// [{kind, trigger, signal, message, file, line, column}]; trigger and signal only where there is
// one.
nlohmann::ordered_json hygiene_json(const rules::Decision& decision,
                                    const std::vector<rules::HygieneFinding>& findings);
// [{trigger, since, covered}]: how much of each trigger's past could be looked at; since is null
// when its signals had no value.
nlohmann::ordered_json hygiene_reach_json(const rules::HygieneReport& report);
// {asked, problem}: how far servers were asked for the past of its queries, a share; null when
// there is nothing to ask a server for.
nlohmann::ordered_json hygiene_past_json(const std::optional<PastStanding>& past);
// A section of the service's page; empty where there was nothing to look at or find.
Html hygiene_section(const rules::Decision& decision, const rules::HygieneReport& report,
                     const std::optional<PastStanding>& past);

}  // namespace revisitd::daemon::web
