#include <algorithm>

#include "daemon/cli/test_report.h"
#include "rules/replay_strip.h"

// A failed check, so that a person sees at once what happened instead.
namespace revisitd::daemon::cli {
namespace {

constexpr int kStripColumns = 60;
constexpr std::size_t kMostChanges = 8;
constexpr std::string_view kIndent = "    ";

const rules::Trigger* find_trigger(const rules::TestInputs& inputs,
                                   const rules::CheckResult& check) {
  const auto in = [&](const rules::Decisions& decisions) -> const rules::Trigger* {
    for (const auto& d : decisions) {
      for (const rules::Trigger& t : d->triggers) {
        if (d->service == check.service && t.name == check.trigger) return &t;
      }
    }
    return nullptr;
  };
  if (const rules::Trigger* trigger = in(inputs.decisions)) return trigger;
  for (const auto& [event, decisions] : inputs.records) {
    if (const rules::Trigger* trigger = in(decisions)) return trigger;
  }
  return nullptr;
}

std::string join(const std::vector<std::string>& items) {
  std::string text;
  const std::size_t skipped = items.size() > kMostChanges ? items.size() - kMostChanges : 0;
  if (skipped > 0) text = "… ";
  for (std::size_t i = skipped; i < items.size(); ++i) text += (i > skipped ? ", " : "") + items[i];
  return text;
}

// When the trigger's verdicts, or the service's revisits, changed.
std::string changes(const TestOutcome& outcome, const rules::CheckResult& check) {
  std::vector<std::string> items;
  for (const rules::Event& e : outcome.run->log.events()) {
    if (e.service != check.service) continue;
    const std::string at = " at " + format_duration(e.at - outcome.loaded.test->start);
    if (!check.trigger.empty()) {
      if (e.trigger == check.trigger && e.type == rules::EventType::trigger_verdict) {
        items.push_back(std::string(rules::verdict_name(*e.verdict)) + at);
      }
    } else if (e.revisit) {
      items.push_back(std::string(rules::short_event_name(e.type)) + at +
                      (e.trigger.empty() ? "" : " (" + e.trigger + ")"));
    }
  }
  const std::string what =
      check.trigger.empty() ? "the revisit of " + check.service : check.trigger;
  if (items.empty()) {
    return what +
           (check.trigger.empty() ? " never opened\n" : " stayed as it was from the start\n");
  }
  return what + ": " + join(items) + "\n";
}

std::string ends(const std::string& left, const std::string& right, std::size_t width) {
  if (left.size() + right.size() + 1 > width) return left + " to " + right;
  return left + std::string(width - left.size() - right.size(), ' ') + right;
}

std::string timeline(const TestOutcome& outcome, const rules::CheckResult& check) {
  const rules::TriggerTest& test = *outcome.loaded.test;
  const rules::Trigger* trigger = find_trigger(outcome.loaded.inputs, check);
  const rules::TriggerTrack* track = outcome.run->log.track(check.service, check.trigger);
  if (trigger == nullptr || track == nullptr) return "";
  std::string text = std::string(kIndent) + trigger->when.text();
  if (trigger->provided) text += ", provided " + trigger->provided->text();
  text += "\n" + std::string(kIndent) + "window " + format_duration(trigger->window) + " of " +
          format_duration(track->length) + " slots, trips at " + format_share(trigger->trip) +
          ", clears at " + format_share(trigger->clear) + ", needs " +
          format_share(trigger->coverage) + " covered\n";
  const Duration from = std::max(Duration{}, check.from - trigger->window - trigger->window / 4);
  const Duration to = check.to + std::max(trigger->window / 4, track->length);
  const rules::Strip strip =
      rules::make_strip(*track, {test.start + from, test.start + to, kStripColumns});
  if (strip.slots.empty()) return text;
  const std::string label(kIndent.size() + 9, ' ');
  text += label +
          ends(format_duration(strip.from - test.start), format_duration(strip.to - test.start),
               strip.slots.size()) +
          "\n";
  text += std::string(kIndent) + "slots    " + strip.slots + "\n";
  text += std::string(kIndent) + "verdict  " + strip.verdicts + "\n";
  // The slot that ends at the check's time is the last one it sees.
  const std::size_t column = strip.column(test.start + check.to - Duration{1});
  text += label + std::string(column, ' ') + "^ " + format_duration(check.to) + "\n";
  return text;
}

}  // namespace

std::string failure_text(const TestOutcome& outcome, const rules::CheckResult& check) {
  std::string text =
      format_diagnostic({outcome.loaded.file, check.place, check.name,
                         line_of(outcome.loaded.text, check.place), Severity::error}) +
      "\n";
  text += std::string(kIndent) + "expected  " + check.expected + "\n";
  text += std::string(kIndent) + "got       " + check.got + "\n";
  if (!check.trigger.empty()) text += timeline(outcome, check);
  return text + std::string(kIndent) + changes(outcome, check);
}

}  // namespace revisitd::daemon::cli
