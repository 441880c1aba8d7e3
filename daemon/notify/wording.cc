#include "daemon/notify/wording.h"

#include <algorithm>
#include <cmath>

#include "daemon/notify/text.h"

namespace revisitd::daemon::notify {
namespace {

using rules::Event;
using rules::EventType;
using rules::Outcome;
using rules::Revisit;

constexpr double kTrend = 0.1;
constexpr std::size_t kVersionLimit = 60;  // bytes

std::string favoured(const Event& event) {
  return event.revisit ? language_title(one_line(event.revisit->favours)) : std::string();
}

std::string chosen(const Event& event) {
  const std::string& language =
      event.revisit && !event.revisit->language.empty() ? event.revisit->language : event.language;
  return language_title(one_line(language));
}

// "Python → Go?", or a question without an arrow when no trigger names a language.
std::string question(const Event& event) {
  const std::string favours = favoured(event);
  if (favours.empty() || favours == chosen(event)) return "is " + chosen(event) + " still right?";
  return chosen(event) + " → " + favours + "?";
}

std::string evidence_points(const Event& event) {
  const std::string favours = favoured(event);
  return favours.empty() || favours == chosen(event) ? std::string()
                                                     : " The evidence points to " + favours + ".";
}

std::string age(const Event& event, TimePoint since) {
  const Duration rest = event.at - since;
  if (rest < std::chrono::days(1)) {
    return format_duration(std::chrono::floor<std::chrono::minutes>(rest));
  }
  return format_duration(std::chrono::floor<std::chrono::days>(rest));
}

std::string open_for(const Event& event) {
  return event.revisit ? age(event, event.revisit->since) : std::string();
}

std::string with_reason(std::string sentence, const std::string& why) {
  const std::string reason = one_line(why);
  return reason.empty() ? sentence + "." : sentence + ": " + reason;
}

std::string person(const std::string& name) {
  const std::string shown = one_line(name);
  return shown.empty() ? "Somebody" : shown;
}

std::string conclusion_title(const Event& event) {
  const std::string service = one_line(event.service);
  if (!event.revisit || !event.revisit->conclusion) return "Revisit of " + service + " concluded";
  switch (event.revisit->conclusion->outcome) {
    case Outcome::reaffirmed:
      return service + ": " + chosen(event) + " reaffirmed";
    case Outcome::changed:
      return service + ": decision changed";
    case Outcome::amended:
      return service + ": decision amended";
  }
  return "Revisit of " + service + " concluded";
}

std::string conclusion_lead(const Event& event) {
  if (!event.revisit || !event.revisit->conclusion) {
    return with_reason(person(event.by) + " concluded the revisit", event.why);
  }
  const rules::Conclusion& end = *event.revisit->conclusion;
  return with_reason(person(end.by) + " concluded the revisit after " + open_for(event) + ", " +
                         std::string(rules::outcome_name(end.outcome)),
                     end.why);
}

std::string snooze_lead(const Event& event) {
  if (!event.revisit || !event.revisit->snooze) return "The revisit's snooze is about to end.";
  const rules::Snooze& snooze = *event.revisit->snooze;
  return with_reason("The snooze that " + person(snooze.by) + " asked for ends at " +
                         people_time(snooze.until) + ", and the revisit will be open again",
                     snooze.why);
}

std::string running(const Event& event) {
  return "The decision to run " + one_line(event.service) + " in " + chosen(event);
}

std::string found_late(const Event& event) {
  return event.backfilled ? " Found in history that was fetched after the fact." : "";
}

// "checkout/tail-latency", "checkout: tail-latency, density".
std::string triggers_of(const Event& event) {
  const std::string service = one_line(event.service);
  if (event.others.empty()) return service + "/" + one_line(event.trigger);
  std::string text = service + ": " + one_line(event.trigger);
  for (const rules::TriggerNews& news : event.others) text += ", " + one_line(news.trigger);
  return text;
}

// What is missing of all triggers, each once.
std::string missing_points(const Event& event) {
  std::vector<rules::MissingInput> all;
  for (const rules::TriggerNews& news : told_triggers(event)) {
    for (const rules::MissingInput& m : news.missing) {
      if (std::find(all.begin(), all.end(), m) == all.end()) all.push_back(m);
    }
  }
  std::string text;
  for (const rules::MissingInput& m : all)
    text += (text.empty() ? " Missing: " : "; ") + one_line(m.input) + " (" + one_line(m.why) + ")";
  return text.empty() ? text : text + ".";
}

std::string value_text(const rules::TriggerEvidence& e) {
  const rules::SlotValue& v = *e.value;
  std::string text = format_quantity(v.value, e.unit);
  if (v.is_exact()) return text;
  if (std::isinf(v.high)) return text + " (above " + format_quantity(v.low, e.unit) + ")";
  return text + " (between " + format_quantity(v.low, e.unit) + " and " +
         format_quantity(v.high, e.unit) + ")";
}

}  // namespace

std::string rerun(const rules::FrozenAssessment& assessment) {
  return "The decision rerun on today's inputs: " + one_line(assessment.summary) + ".";
}

bool is_of_revisit(EventType type) {
  switch (type) {
    case EventType::revisit_opened:
    case EventType::revisit_worsened:
    case EventType::revisit_reopened:
    case EventType::revisit_subsided:
    case EventType::revisit_acknowledged:
    case EventType::revisit_snoozed:
    case EventType::revisit_reminder:
    case EventType::revisit_snooze_ending:
    case EventType::revisit_snooze_ended:
    case EventType::revisit_concluded:
    case EventType::revisit_withdrawn:
      return true;
    case EventType::trigger_verdict:
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

bool is_resolution(EventType type) {
  return type == EventType::revisit_subsided || type == EventType::revisit_concluded ||
         type == EventType::revisit_withdrawn || type == EventType::trigger_sighted;
}

std::vector<rules::TriggerNews> told_triggers(const Event& event) {
  std::vector<rules::TriggerNews> all{{event.trigger, event.verdict, event.counts, event.missing}};
  all.insert(all.end(), event.others.begin(), event.others.end());
  return all;
}

std::string headline(const Event& event) {
  const std::string service = one_line(event.service);
  switch (event.type) {
    case EventType::revisit_opened:
      return "Revisit " + service + ": " + question(event);
    case EventType::revisit_worsened:
      return "Worse for " + service + ": " + question(event);
    case EventType::revisit_reopened:
      return "Back again, revisit " + service + ": " + question(event);
    case EventType::revisit_subsided:
      return "Subsided for " + service + ", awaiting a conclusion";
    case EventType::revisit_acknowledged:
      return "Revisit of " + service + " acknowledged";
    case EventType::revisit_snoozed:
      return "Revisit of " + service + " snoozed";
    case EventType::revisit_reminder:
      return "Still open after " + open_for(event) + ", revisit " + service + ": " +
             question(event);
    case EventType::revisit_snooze_ending:
      return "Snooze of " + service + " ends soon";
    case EventType::revisit_snooze_ended:
      return "Snooze over, revisit " + service + ": " + question(event);
    case EventType::revisit_concluded:
      return conclusion_title(event);
    case EventType::revisit_withdrawn:
      return "Withdrawn: the revisit of " + service;
    case EventType::trigger_blind:
      return "No data for " + triggers_of(event);
    case EventType::trigger_sighted:
      return "Data is back for " + triggers_of(event);
    case EventType::decision_review_due:
      return "Review due for " + service + ": is " + chosen(event) + " still right?";
    case EventType::decision_review_overdue:
      return "Review overdue for " + service + ": is " + chosen(event) + " still right?";
    case EventType::trigger_verdict:
    case EventType::decision_added:
    case EventType::decision_edited:
    case EventType::decision_removed:
    case EventType::roster_changed:
      return std::string(rules::event_type_name(event.type)) + " " + service;
  }
  return service;
}

std::string title(const Revisit& revisit) {
  Event event;
  event.type = EventType::revisit_opened;
  event.service = revisit.service;
  event.revisit = revisit;
  return headline(event);
}

std::string lead(const Event& event) {
  const std::string trigger = one_line(event.trigger);
  switch (event.type) {
    case EventType::revisit_opened:
      return running(event) + " rests on conditions that no longer hold." + evidence_points(event) +
             found_late(event);
    case EventType::revisit_worsened:
      return "Another condition of the open revisit no longer holds." + evidence_points(event) +
             found_late(event);
    case EventType::revisit_reopened:
      return "The revisit had subsided; a trigger of it tripped again." + evidence_points(event) +
             found_late(event);
    case EventType::revisit_subsided:
      return "Every trigger is clear again. The revisit stays until somebody concludes it: was it "
             "a passing cause, or should the decision change?";
    case EventType::revisit_acknowledged:
      return with_reason(person(event.by) + " took the revisit", event.why);
    case EventType::revisit_snoozed:
      return with_reason(person(event.by) + " snoozed the revisit", event.why);
    case EventType::revisit_reminder:
      return "Nobody has concluded this revisit yet." + evidence_points(event) +
             " It ends with a new revision of the record, or with a word: revisitd conclude " +
             one_line(event.service) + ".";
    case EventType::revisit_snooze_ending:
      return snooze_lead(event);
    case EventType::revisit_snooze_ended:
      return with_reason("The snooze is over and the revisit is open again", event.why);
    case EventType::revisit_concluded:
      return conclusion_lead(event);
    case EventType::revisit_withdrawn:
      return with_reason("What the revisit was opened for is no longer watched", event.why);
    case EventType::trigger_blind:
      return (event.others.empty() ? "The trigger" : "These triggers") +
             std::string(" cannot be judged: data has been missing for longer than expected.") +
             missing_points(event) +
             (event.others.empty() ? " It neither trips nor clears"
                                   : " They neither trip nor clear") +
             " until data is back.";
    case EventType::trigger_sighted:
      return event.others.empty() ? "The trigger is being judged again."
                                  : "These triggers are being judged again.";
    case EventType::decision_review_due:
      return running(event) + " has reached its review date. Does it still hold?";
    case EventType::decision_review_overdue:
      return running(event) + " is past its review date and has not been looked at since.";
    case EventType::trigger_verdict:
    case EventType::decision_added:
    case EventType::decision_edited:
    case EventType::decision_removed:
    case EventType::roster_changed:
      return one_line(event.why);
  }
  return {};
}

std::vector<std::string> measurements(const rules::TriggerEvidence& e) {
  // Its numbers are those of its trip, which is over.
  if (e.verdict == rules::Verdict::clear) return {"clear again"};
  std::vector<std::string> phrases;
  if (e.value && e.threshold) {
    phrases.push_back(value_text(e) + " measured against " + format_quantity(*e.threshold, e.unit));
  } else if (!e.reading.empty()) {
    phrases.push_back(one_line(e.reading));
  }
  if (const auto share = e.counts.share()) {
    phrases.push_back("in breach for " + format_share(*share) + " of " + format_duration(e.window) +
                      " (trips at " + format_share(e.trip) + ")");
  }
  if (e.counts.total() > 0) {
    phrases.push_back(format_share(e.counts.coverage()) + " of the window covered");
  }
  if (e.since != TimePoint{}) phrases.push_back("since " + people_time(e.since));
  // A steady breach has no direction worth a word.
  if (e.trend && std::abs(e.trend->later - e.trend->earlier) >= kTrend) {
    phrases.push_back(std::string(e.trend->later > e.trend->earlier ? "rising" : "falling") + " (" +
                      format_quantity(e.trend->earlier, Unit::ratio) + " → " +
                      format_quantity(e.trend->later, Unit::ratio) +
                      " of the window's halves in breach)");
  }
  if (e.recovery) {
    phrases.push_back(format_duration(e.slot * e.recovery->slots) + " more of ok would clear it");
  }
  if (e.release) {
    phrases.push_back("began with a release (" + cut(one_line(e.release->from), kVersionLimit) +
                      " → " + cut(one_line(e.release->to), kVersionLimit) + ", " +
                      people_time(e.release->at) + ")");
  }
  if (e.load && e.load->grew()) {
    phrases.push_back("workload grew (" + format_quantity(e.load->calm, Unit::number) + " → " +
                      format_quantity(e.load->breach, Unit::number) + " requests a second)");
  }
  return phrases;
}

}  // namespace revisitd::daemon::notify
