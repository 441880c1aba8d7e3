#include <algorithm>
#include <iostream>
#include <limits>

#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/table.h"
#include "daemon/cli/trail_pages.h"

namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTableRows = 100;
constexpr std::size_t kPage = 5000;

// One more than `limit` where there are as many, the newest first.
Result<Json> read_rows(const ClientOptions& options, const TrailOptions& trail, std::size_t limit) {
  std::string filter;
  const std::pair<const char*, const std::string*> filters[] = {
      {"service", &trail.service}, {"team", &trail.team}, {"language", &trail.language},
      {"revisit", &trail.revisit}, {"type", &trail.type}, {"start", &trail.start},
      {"end", &trail.end}};
  for (const auto& [name, value] : filters) {
    if (!value->empty()) filter += "&" + std::string(name) + "=" + escape_part(*value);
  }
  Json rows = Json::array();
  while (rows.size() <= limit) {
    const std::size_t wanted = std::min(limit - rows.size(), kPage - 1) + 1;
    std::string path = "/api/v1/trail?limit=" + std::to_string(wanted) + filter;
    if (!rows.empty()) path += "&before=" + std::to_string(rows.back().value("sequence", 1));
    const auto page = get_data(options, path);
    if (!page) return page.error();
    rows.insert(rows.end(), page->begin(), page->end());
    if (page->size() < wanted) break;
  }
  return rows;
}

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
  const bool table_wanted = !options.json && trail.format == "table";
  const std::size_t limit = trail.limit > 0 ? static_cast<std::size_t>(trail.limit)
                            : table_wanted  ? kTableRows
                                            : std::numeric_limits<std::size_t>::max();
  auto rows = read_rows(options, trail, limit);
  if (!rows) return complain(rows.error().message);
  const bool cut = rows->size() > limit;
  if (cut) rows->erase(rows->size() - 1);
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
  if (cut && trail.limit == 0) {
    std::cerr << "\nThese are the newest " << rows->size()
              << "; --limit shows more, --json and --format markdown all.\n";
  }
  return kGood;
}

}  // namespace revisitd::daemon::cli
