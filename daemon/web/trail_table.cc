#include "daemon/web/trail_table.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace revisitd::daemon::web {
namespace {

// What a row's body says beside its own columns; missing parts stay empty.
struct Details {
  std::string trigger, verdict, why;
  bool backfilled = false;
};

std::string text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Details read_details(const std::string& body) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  if (error || !value.is_object()) return {};
  const boost::json::object& object = value.get_object();
  const boost::json::value* backfilled = object.if_contains("backfilled");
  return {text_of(object, "trigger"), text_of(object, "verdict"), text_of(object, "why"),
          backfilled != nullptr && backfilled->is_bool() && backfilled->get_bool()};
}

Html details_cell(const storage::TrailRow& row) {
  const Details details = read_details(row.body);
  Html html;
  if (!details.trigger.empty()) html.put("<b>{}</b> ", details.trigger);
  if (const auto verdict = rules::parse_verdict(details.verdict)) html.add(verdict_chip(*verdict));
  html.put(" {}", details.why);
  if (details.backfilled) html.put(R"( <span class="tag">backfilled</span>)");
  return html;
}

}  // namespace

Html trail_table(const Call& call, const std::vector<storage::TrailRow>& rows, bool with_service) {
  Html body;
  for (const storage::TrailRow& row : rows) {
    const std::string at = format_time(row.at);
    body.put(R"(<tr><td data-label="When" class="when"><time datetime="{}">{}</time></td>)", at,
             at.substr(0, 19).replace(10, 1, " "));
    if (with_service) {
      if (row.service.empty()) {
        body.put(R"(<td data-label="Service" class="none">–</td>)");
      } else {
        body.put(R"(<td data-label="Service"><a href="{}">{}</a></td>)",
                 call.links.to({"service", row.service}), row.service);
      }
    }
    body.put(R"(<td data-label="What"><code>{}</code></td><td data-label="Details">{}</td>)",
             row.type, details_cell(row));
    body.put(R"(<td data-label="By">{}</td></tr>)", row.by);
  }
  Html service;
  if (with_service) service.put(R"(<th scope="col">Service</th>)");
  Html html;
  html.put(
      R"(<div class="scroll"><table><thead><tr><th scope="col">When (UTC)</th>{}<th scope="col">What</th>)"
      R"(<th scope="col">Details</th><th scope="col">By</th></tr></thead><tbody>{}</tbody></table></div>)",
      service, body);
  return html;
}

}  // namespace revisitd::daemon::web
