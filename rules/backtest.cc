#include "rules/backtest.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "rules/diagnostic.h"
#include "rules/ledger.h"

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostSettings = 1000;

// The number of steps from first to last, and nothing when it is no range.
std::optional<std::size_t> steps_between(double first, double last, double step) {
  if (!(step > 0) || last < first) return std::nullopt;
  const double steps = std::floor((last - first) / step * (1 + 1e-12) + 1e-9);
  if (!(steps < static_cast<double>(kMostSettings))) return std::nullopt;
  return static_cast<std::size_t>(steps);
}

Result<Quantity> read_threshold(std::string_view text) { return parse_quantity(text); }
Result<Quantity> read_window(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return duration.error();
  if (duration->count() <= 0) return Error{"expected a window above 0, found " + in_quotes(text)};
  return Quantity{to_seconds(*duration), Unit::seconds};
}

// The n-th value of a range in whole thousandths, so that 80ms + 2 * 10ms is 100ms.
double stepped(double first, double step, std::size_t n) {
  constexpr double kScale = 1e6;
  const double units =
      std::round(first * kScale) + static_cast<double>(n) * std::round(step * kScale);
  return units / kScale;
}

class SweepParser {
 public:
  SweepParser(Sweep& sweep, Result<Quantity> (*read)(std::string_view))
      : sweep_(sweep), read_(read) {}

  Status parse(std::string_view values) {
    const std::size_t dots = values.find("..");
    if (dots != std::string_view::npos) return range(values, dots);
    while (true) {
      const std::size_t comma = values.find(',');
      const std::string_view text = values.substr(0, comma);
      const auto value = read_(text);
      if (!value) return value.error();
      if (!add(*value, std::string(text))) return Error{"expected at most 1000 values"};
      if (comma == std::string_view::npos) return Ok{};
      values.remove_prefix(comma + 1);
    }
  }

 private:
  Status range(std::string_view values, std::size_t dots) {
    const std::size_t slash = values.find('/', dots);
    if (slash == std::string_view::npos) {
      return Error{"expected a step as in 80ms..150ms/10ms, found " + in_quotes(values)};
    }
    const auto first = read_(values.substr(0, dots));
    if (!first) return first.error();
    const auto last = read_(values.substr(dots + 2, slash - dots - 2));
    if (!last) return last.error();
    const auto step = read_(values.substr(slash + 1));
    if (!step) return step.error();
    if (first->unit != last->unit || first->unit != step->unit) {
      return Error{"expected one unit in " + in_quotes(values)};
    }
    const auto steps = steps_between(first->value, last->value, step->value);
    if (!steps) {
      return Error{"expected a range that goes up in at most 1000 steps, found " +
                   in_quotes(values)};
    }
    for (std::size_t n = 0; n <= *steps; ++n) {
      const Quantity value{stepped(first->value, step->value, n), first->unit};
      add(value, format_quantity(value.value, value.unit));
    }
    return Ok{};
  }

  bool add(const Quantity& value, std::string text) {
    if (sweep_.texts.size() >= kMostSettings) return false;
    sweep_.texts.push_back(std::move(text));
    if (sweep_.kind == SweepKind::threshold) {
      sweep_.thresholds.push_back(value);
    } else {
      sweep_.windows.emplace_back(std::llround(value.value * 1000));
    }
    return true;
  }

  Sweep& sweep_;
  Result<Quantity> (*read_)(std::string_view);
};

}  // namespace

bool is_transition(const Event& event) {
  switch (event.type) {
    case EventType::trigger_verdict:
    case EventType::revisit_opened:
    case EventType::revisit_worsened:
    case EventType::revisit_reopened:
    case EventType::revisit_subsided:
    case EventType::revisit_acknowledged:
    case EventType::revisit_snoozed:
    case EventType::revisit_snooze_ended:
    case EventType::revisit_concluded:
    case EventType::revisit_withdrawn:
      return true;
    case EventType::revisit_reminder:
    case EventType::revisit_snooze_ending:
    case EventType::trigger_blind:
    case EventType::trigger_sighted:
    case EventType::decision_added:
    case EventType::decision_edited:
    case EventType::decision_removed:
    case EventType::decision_review_due:
    case EventType::decision_review_overdue:
    case EventType::roster_changed:
      return false;
  }
  return false;
}

std::string transition_json(const Event& event) {
  Json json{{"time", format_time(event.at)},
            {"service", event.service},
            {"trigger", nullptr},
            {"event", short_event_name(event.type)},
            {"verdict", nullptr},
            {"share", nullptr},
            {"coverage", nullptr}};
  if (!event.trigger.empty()) {
    json["trigger"] = event.trigger;
    if (event.verdict) json["verdict"] = verdict_name(*event.verdict);
    if (const auto share = event.counts.share()) json["share"] = to_double(*share);
    json["coverage"] = to_double(event.counts.coverage());
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Sweep> parse_sweep(std::string_view text) {
  Sweep sweep;
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  if (equals == std::string_view::npos || (name != "threshold" && name != "window")) {
    return Error{"expected threshold=80ms..150ms/10ms or window=1d,7d,14d, found " +
                 in_quotes(text)};
  }
  sweep.kind = name == "threshold" ? SweepKind::threshold : SweepKind::window;
  SweepParser parser(sweep, sweep.kind == SweepKind::threshold ? read_threshold : read_window);
  if (const Status read = parser.parse(text.substr(equals + 1)); !read) return read.error();
  return sweep;
}

Result<Trigger> with_setting(const Trigger& trigger, const Decision& decision, const Sweep& sweep,
                             std::size_t setting, const std::vector<Duration>& ladder) {
  Trigger changed = trigger;
  if (sweep.kind == SweepKind::window) {
    changed.window = sweep.windows[setting];
    if (changed.window < ladder.front()) {
      return Error{"expected a window of at least " + format_duration(ladder.front())};
    }
    if (changed.window > ladder.back() * SlotLedger::kMaxSlots) {
      return Error{"expected a window of at most " +
                   format_duration(ladder.back() * SlotLedger::kMaxSlots)};
    }
    return changed;
  }
  auto when = trigger.when.with_threshold(sweep.thresholds[setting], decision.signals);
  if (!when) return Error{when.error().message};
  changed.when = *std::move(when);
  return changed;
}

}  // namespace revisitd::rules
