#include "daemon/web/backfill_view.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace revisitd::daemon::web {
namespace {

using Json = nlohmann::ordered_json;

Json trigger_progress(const BackfillStatus::Trigger& trigger) {
  Json json{{"state", trigger.state}, {"done", trigger.done}, {"slots_left", trigger.left}};
  if (!trigger.problem.empty()) json["problem"] = trigger.problem;
  return json;
}

std::string percent(double share) {
  return std::to_string(static_cast<int>(std::floor(share * 100))) + " %";
}

std::string minute_text(TimePoint time) {
  return format_time(time).substr(0, 16).replace(10, 1, " ");
}

}  // namespace

Json backfill_json(const BackfillStatus& status) {
  Json gaps = Json::array(), triggers = Json::array();
  for (const BackfillStatus::Gap& gap : status.gaps) {
    gaps.push_back({{"slot", format_duration(gap.length)},
                    {"from", format_time(gap.from)},
                    {"to", format_time(gap.to)},
                    {"slots_left", gap.slots}});
  }
  for (const BackfillStatus::Trigger& trigger : status.triggers) {
    Json json{{"service", trigger.service}, {"trigger", trigger.trigger}};
    json.update(trigger_progress(trigger));
    triggers.push_back(std::move(json));
  }
  Json servers = Json::array();
  for (const BackfillStatus::LongPast& one : status.long_past) {
    Json json{{"server", one.server}, {"slots_left", one.slots_left}};
    if (!one.problem.empty()) json["problem"] = one.problem;
    servers.push_back(std::move(json));
  }
  return {{"gaps", std::move(gaps)},         {"triggers", std::move(triggers)},
          {"hygiene", std::move(servers)},   {"slots_left", status.slots_left},
          {"queries", status.queries},       {"failures", status.failures},
          {"values", status.values},         {"gap_slots", status.gap_slots},
          {"triggers_judged", status.judged}};
}

void add_backfill(Json& decision, const BackfillStatus& status) {
  for (const BackfillStatus::Trigger& one : status.triggers) {
    if (decision["service"] != one.service) continue;
    for (Json& trigger : decision["triggers"]) {
      if (trigger["name"] == one.trigger) trigger["backfill"] = trigger_progress(one);
    }
  }
}

Html backfill_summary(const BackfillStatus& status) {
  Html html;
  for (const BackfillStatus::Gap& gap : status.gaps) {
    html.put(R"(<p class="backfill">Slots of {} missed since {} are being fetched: {} left.</p>)",
             format_duration(gap.length), minute_text(gap.from), gap.slots);
  }
  const auto open =
      std::count_if(status.triggers.begin(), status.triggers.end(),
                    [](const BackfillStatus::Trigger& t) { return t.state != "given-up"; });
  if (open > 0) {
    html.put(R"(<p class="backfill">The past of {} {} is being fetched: {} slots left.</p>)", open,
             open == 1 ? "trigger" : "triggers", status.slots_left);
  }
  return html;
}

Html backfill_lines(const BackfillStatus& status, std::string_view service) {
  Html html;
  for (const BackfillStatus::Trigger& trigger : status.triggers) {
    if (trigger.service != service) continue;
    if (trigger.state == "given-up") {
      html.put(R"(<p class="backfill">The past of <b>{}</b> cannot be had: {}.</p>)",
               trigger.trigger, trigger.problem);
      continue;
    }
    html.put(R"(<p class="backfill">The past of <b>{}</b> is being fetched: {} there{}.</p>)",
             trigger.trigger, percent(trigger.done),
             trigger.problem.empty() ? "" : "; " + trigger.problem);
  }
  return html;
}

}  // namespace revisitd::daemon::web
