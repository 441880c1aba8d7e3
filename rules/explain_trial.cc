#include "rules/explain_trial.h"

#include <algorithm>
#include <cmath>

#include "rules/stored_slots.h"

namespace revisitd::rules {
namespace {

using Kind = Question::Kind;

bool knows(const Member& member, Kind kind, std::string_view language) {
  if (kind == Kind::members) return true;
  const auto known = member.languages.find(language);
  const Fluency least = kind == Kind::fluent ? Fluency::fluent : Fluency::shipped;
  return known != member.languages.end() && known->second >= least;
}

// Whether the member counts at `at`; a roster of this member alone knows.
bool present(const std::string& team, const Member& member, TimePoint at) {
  Roster one;
  one.teams[team] = {team, {member}};
  return one.members(team, at) == 1;
}

}  // namespace

TrialWindow::TrialWindow(const Engine& engine, const DecisionState& state, const Trigger& trigger,
                         const SlotHistory& history)
    : state_(state), trigger_(trigger), standing_(state.triggers.find(trigger.name)->second) {
  const auto last = standing_.ledger.last();
  if (!last) return;
  const Duration length = standing_.length;
  const std::int64_t oldest = *last - standing_.ledger.slots() + 1;
  slots_.reserve(static_cast<std::size_t>(standing_.ledger.slots()));
  for_stored_slots(engine, state, trigger, history, oldest, *last + 1,
                   [&](std::int64_t index, const SlotInputs& inputs) {
                     Slot& slot = slots_.emplace_back();
                     slot.index = index;
                     slot.judged = standing_.ledger.at(index);
                     slot.roster = engine.rosters().at(slot_start(index + 1, length));
                     Truth provided = Truth::yes;
                     if (trigger.provided)
                       provided =
                           trigger.provided->evaluate(Asking(inputs, provided_, slot.provided));
                     const Truth when = trigger.when.evaluate(Asking(inputs, when_, slot.when));
                     slot.repeatable = rules::state_of(provided, when) == slot.judged;
                     note_earlier(slot, history);
                   });
}

void TrialWindow::note_earlier(Slot& slot, const SlotHistory& history) const {
  const Duration length = standing_.length;
  for (std::size_t i = 0; i < when_.size(); ++i) {
    const WindowUse& use = when_[i].use;
    if (when_[i].kind != Kind::window || use.function != WindowFunction::change) continue;
    const std::int64_t back = (use.window.count() + length.count() - 1) / length.count();
    const SlotValue* earlier =
        history.find({state_.decision->service, use.signal, length}, slot.index - back);
    if (earlier != nullptr) slot.when[i].earlier = earlier->value;
  }
}

TimePoint TrialWindow::end_of(const Slot& slot) const {
  return slot_start(slot.index + 1, standing_.length);
}

std::map<const Roster*, Roster> TrialWindow::changed_rosters(const Change& change) const {
  std::map<const Roster*, Roster> changed;
  if (change.people == 0) return changed;
  const std::string& team = state_.decision->team;
  const TimePoint now = end_of(slots_.back());
  for (const Slot& slot : slots_) {
    if (slot.roster == nullptr || changed.contains(slot.roster)) continue;
    Roster& roster = changed.emplace(slot.roster, *slot.roster).first->second;
    const auto found = roster.teams.find(team);
    if (found == roster.teams.end()) continue;
    std::vector<Member>& members = found->second.members;
    for (int i = 0; i < change.people; ++i) {
      Member member;
      member.name = "+" + std::to_string(i + 1);
      if (change.knows == Kind::fluent) member.languages[change.language] = Fluency::fluent;
      if (change.knows == Kind::shipped) member.languages[change.language] = Fluency::shipped;
      members.push_back(std::move(member));
    }
    for (int i = 0; i < -change.people; ++i) {
      const auto leaver = std::find_if(members.rbegin(), members.rend(), [&](const Member& m) {
        return knows(m, change.knows, change.language) && present(team, m, now);
      });
      if (leaver != members.rend()) members.erase(std::next(leaver).base());
    }
  }
  return changed;
}

SlotState TrialWindow::state_of(const Slot& slot, const Change& change,
                                const std::map<const Roster*, Roster>& rosters) const {
  if (!slot.repeatable) return slot.judged;
  const auto roster = rosters.find(slot.roster);
  const auto evaluate = [&](const Condition& condition, const std::vector<Question>& questions,
                            const std::vector<Answer>& answers) {
    Answering inputs(questions, answers);
    inputs.change = &change;
    if (roster != rosters.end()) inputs.roster = &roster->second;
    inputs.team = state_.decision->team;
    inputs.at = end_of(slot);
    return condition.evaluate(inputs);
  };
  const Truth provided =
      trigger_.provided ? evaluate(*trigger_.provided, provided_, slot.provided) : Truth::yes;
  return rules::state_of(
      provided, evaluate(change.when != nullptr ? *change.when : trigger_.when, when_, slot.when));
}

SlotCounts TrialWindow::counts(const Change& change) const {
  SlotCounts counts;
  const auto rosters = changed_rosters(change);
  for (const Slot& slot : slots_) {
    switch (state_of(slot, change, rosters)) {
      case SlotState::breach:
        ++counts.breach;
        break;
      case SlotState::ok:
        ++counts.ok;
        break;
      case SlotState::idle:
        ++counts.idle;
        break;
      case SlotState::blind:
        ++counts.blind;
        break;
    }
  }
  return counts;
}

Verdict TrialWindow::verdict(const Change& change) const {
  return judge(counts(change), {trigger_.trip, trigger_.clear, trigger_.coverage},
               standing_.standing);
}

SlotState TrialWindow::state_ahead(Duration ahead) const {
  const Slot& slot = slots_.back();
  const auto evaluate = [&](const Condition& condition, const std::vector<Question>& questions,
                            const std::vector<Answer>& answers) {
    Answering inputs(questions, answers);
    inputs.roster = slot.roster;
    inputs.team = state_.decision->team;
    inputs.at = end_of(slot) + ahead;
    inputs.ahead = to_seconds(ahead);
    return condition.evaluate(inputs);
  };
  return rules::state_of(
      trigger_.provided ? evaluate(*trigger_.provided, provided_, slot.provided) : Truth::yes,
      evaluate(trigger_.when, when_, slot.when));
}

std::vector<ComparisonReading> TrialWindow::read(const Slot& slot, bool of_provided) const {
  if (!of_provided) return trigger_.when.read(Answering(when_, slot.when));
  if (!trigger_.provided) return {};
  return trigger_.provided->read(Answering(provided_, slot.provided));
}

std::optional<int> TrialWindow::people(Kind kind, std::string_view language) const {
  if (slots_.empty() || slots_.back().roster == nullptr) return std::nullopt;
  return count_people(*slots_.back().roster, kind, state_.decision->team, language,
                      end_of(slots_.back()));
}

}  // namespace revisitd::rules
