#include <iostream>

#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/table.h"
#include "daemon/cli/trail_pages.h"

namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;

int print_stack(const ClientOptions& options, const TrailOptions& trail) {
  std::string path = "/api/v1/decisions?";
  if (!trail.team.empty()) path += "team=" + escape_part(trail.team);
  if (!trail.language.empty()) path += "&language=" + escape_part(trail.language);
  const auto decisions = get_data(options, path);
  if (!decisions) return complain(decisions.error().message);
  const auto revisits = get_data(options, "/api/v1/revisits?state=concluded");
  if (!revisits) return complain(revisits.error().message);
  std::vector<StackEntry> stack = stack_of(*decisions, *revisits);
  if (!trail.service.empty()) {
    std::erase_if(stack, [&](const StackEntry& e) { return e.service != trail.service; });
  }
  if (options.json) {
    std::cout << stack_json(stack).dump(2) << "\n";
  } else {
    print_lines(stack_markdown(stack));
  }
  return kGood;
}

}  // namespace

int trail(const ClientOptions& options, const TrailOptions& trail) {
  if (trail.stack) return print_stack(options, trail);
  std::string path = "/api/v1/trail?limit=" + std::to_string(trail.limit);
  const std::pair<const char*, const std::string*> filters[] = {
      {"service", &trail.service}, {"team", &trail.team}, {"language", &trail.language},
      {"revisit", &trail.revisit}, {"type", &trail.type}, {"start", &trail.start},
      {"end", &trail.end}};
  for (const auto& [name, value] : filters) {
    if (!value->empty()) path += "&" + std::string(name) + "=" + escape_part(*value);
  }
  const auto rows = get_data(options, path);
  if (!rows) return complain(rows.error().message);
  if (options.json || trail.format == "json") {
    for (const Json& row : *rows) std::cout << row.dump() << "\n";
    return kGood;
  }
  if (trail.format == "markdown") {
    print_lines(trail_markdown(*rows));
    return kGood;
  }
  Table table({"TIME", "TYPE", "SERVICE", "TRIGGER", "VERDICT", "BY", "WHY"});
  for (const Json& row : *rows) {
    table.add({text_of(row, "time"), text_of(row, "type"), text_of(row, "service"),
               text_of(row, "trigger"), text_of(row, "verdict"), text_of(row, "by"),
               text_of(row, "why")});
  }
  table.print(std::cout);
  return kGood;
}

}  // namespace revisitd::daemon::cli
