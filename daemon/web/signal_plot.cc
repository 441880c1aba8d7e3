#include "daemon/web/signal_plot.h"

#include <algorithm>

#include "daemon/web/fleet.h"
#include "daemon/web/signal_range.h"

namespace revisitd::daemon::web {
namespace {

using rules::Condition;
using rules::DecisionState;
using rules::Trigger;

void add_lines(std::vector<PlotLine>& lines, const Condition& condition, std::string_view signal,
               PlotLine::Kind kind, const std::string& prefix) {
  for (const Condition::Threshold& threshold : condition.thresholds()) {
    if (threshold.signal != signal) continue;
    lines.push_back({kind, threshold.value.value,
                     prefix + threshold.op + " " +
                         format_quantity(threshold.value.value, threshold.value.unit)});
  }
}

std::vector<PlotLine> lines_of(const rules::Decision& decision, std::string_view signal) {
  std::vector<PlotLine> lines;
  for (const Trigger& trigger : decision.triggers) {
    add_lines(lines, trigger.when, signal, PlotLine::Kind::threshold, trigger.name + " ");
    if (trigger.provided) {
      add_lines(lines, *trigger.provided, signal, PlotLine::Kind::provided,
                trigger.name + " provided ");
    }
  }
  const auto budget = decision.envelope.find(std::string(signal));
  if (budget == decision.envelope.end()) return lines;
  const bool drawn = std::any_of(lines.begin(), lines.end(), [&](const PlotLine& line) {
    return line.value == budget->second.value;
  });
  if (!drawn) {
    lines.push_back({PlotLine::Kind::budget, budget->second.value,
                     "budget " + format_quantity(budget->second.value, budget->second.unit)});
  }
  return lines;
}

// Where the breach began that a tripped trigger speaks of.
std::optional<TimePoint> onset_of(const DecisionState& state, const Trigger& trigger) {
  const auto standing = state.triggers.find(trigger.name);
  if (standing == state.triggers.end() || standing->second.verdict != rules::Verdict::tripped) {
    return std::nullopt;
  }
  if (state.revisit) {
    for (const rules::TriggerEvidence& evidence : state.revisit->triggers) {
      if (evidence.name == trigger.name && evidence.onset) return evidence.onset;
    }
  }
  const auto breach = standing->second.ledger.first_breach();
  if (!breach) return std::nullopt;
  return slot_start(*breach, standing->second.length);
}

SlotRange choose_range(const rules::Engine& engine, const SignalUse& use,
                       std::optional<Duration> range, TimePoint now) {
  if (!range) return usual_range(use, now);
  const Duration span = std::min<Duration>(*range, kMostSlots * engine.options().ladder.back());
  const bool fits =
      use.trigger != nullptr && span >= use.length * 2 && span / use.length <= kMostSlots;
  const Duration length = fits ? use.length : length_for(span, engine.options().ladder);
  const std::int64_t last = slot_index(now, length);
  return {length, last - std::max<std::int64_t>(2, span / length), last};
}

}  // namespace

std::vector<std::string> plotted_signals(const DecisionState& state) {
  std::vector<const Trigger*> triggers;
  for (const Trigger& trigger : state.decision->triggers) triggers.push_back(&trigger);
  const auto is_tripped = [&](const Trigger* t) {
    const auto standing = state.triggers.find(t->name);
    return standing != state.triggers.end() && standing->second.verdict == rules::Verdict::tripped;
  };
  std::vector<std::string> signals;
  const auto add = [&](const std::string& signal) {
    const bool known = state.decision->signals.contains(signal);
    if (known && std::find(signals.begin(), signals.end(), signal) == signals.end())
      signals.push_back(signal);
  };
  for (const bool tripped : {true, false}) {
    for (const Trigger* trigger : triggers) {
      if (is_tripped(trigger) != tripped) continue;
      for (const std::string& signal : trigger->when.signals()) add(signal);
      if (!trigger->provided) continue;
      for (const std::string& signal : trigger->provided->signals()) add(signal);
    }
  }
  for (const auto& [signal, budget] : state.decision->envelope) add(signal);
  return signals;
}

boost::asio::awaitable<std::optional<Plot>> signal_plot(AppView& app, std::string service,
                                                        std::string signal,
                                                        std::optional<Duration> range) {
  const DecisionState* state = find_decision(app.engine(), service);
  if (state == nullptr) co_return std::nullopt;
  const auto spec = state->decision->signals.find(signal);
  if (spec == state->decision->signals.end()) co_return std::nullopt;
  const SignalUse use = use_of(app.engine(), *state, signal);
  const SlotRange slots = choose_range(app.engine(), use, range, app.now());
  Plot plot;
  plot.title = signal;
  plot.unit = spec->second.unit;
  plot.length = slots.length;
  plot.from = slots.from();
  plot.to = slots.to();
  plot.lines = lines_of(*state->decision, signal);
  if (use.trigger != nullptr) {
    plot.window_from = plot.to - use.window;
    plot.onset = onset_of(*state, *use.trigger);
  }
  // Nothing of the engine may be touched from here on: it may change while the store is asked.
  plot.values = co_await app.slots(service, signal, slots.length, slots.first, slots.last);
  co_return plot;
}

}  // namespace revisitd::daemon::web
