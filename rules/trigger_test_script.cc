#include "rules/trigger_test_script.h"

#include <algorithm>
#include <utility>

namespace revisitd::rules {
namespace {

Roster edited(Roster roster, const RosterEdit& edit) {
  for (auto& [name, team] : roster.teams) {
    auto& members = team.members;
    switch (edit.kind) {
      case RosterEdit::Kind::leave:
        std::erase_if(members, [&](const Member& m) { return m.name == edit.member.name; });
        break;
      case RosterEdit::Kind::join:
        if (name == edit.team) members.push_back(edit.member);
        break;
      case RosterEdit::Kind::learn:
        for (Member& m : members) {
          if (m.name != edit.member.name) continue;
          for (const auto& [language, level] : edit.member.languages) m.languages[language] = level;
        }
        break;
    }
  }
  return roster;
}

class ScriptBuilder {
 public:
  ScriptBuilder(const TriggerTest& test, const TestInputs& inputs) : test_(test), inputs_(inputs) {}

  TestScript build() {
    made_.script.engine = inputs_.engine;
    made_.script.start = test_.start;
    made_.script.end = test_.end();
    made_.script.decisions = inputs_.decisions;
    if (inputs_.roster) made_.script.roster = roster_ = read_at(test_.start, *inputs_.roster);
    for (const TestSeries& series : test_.series) add_values(series);
    // While the daemon is down nothing changes: such a look is had just before it goes. Any other
    // comes after what happens at its time.
    add_looks(true);
    add_events();
    add_looks(false);
    return std::move(made_);
  }

 private:
  void add_values(const TestSeries& series) {
    auto& values = made_.script.values.values[{series.service, series.signal, series.every}];
    std::int64_t index = slot_index(test_.start, series.every);
    for (const auto& value : series.series.values) {
      if (value) values.emplace_back(index, SlotValue::exact(*value));
      ++index;
    }
  }

  void add_looks(bool while_down) {
    for (std::size_t i = 0; i < test_.checks.size(); ++i) {
      const TestCheck& check = test_.checks[i];
      const TestEvent* outage = outage_at(test_, check.to);
      if (!is_moment(check) || (outage != nullptr) != while_down) continue;
      add(outage ? outage->at : check.to, ReplayEvent::Look{}, {std::nullopt, i});
    }
  }

  void add_events() {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < test_.events.size(); ++i) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(test_.events[a].at, a) < std::pair(test_.events[b].at, b);
    });
    for (const std::size_t i : order) {
      add(test_.events[i].at, what_happens(i), {i, std::nullopt});
    }
  }

  ReplayEvent::What what_happens(std::size_t index) {
    const TestEvent& event = test_.events[index];
    if (const auto* down = std::get_if<ReplayEvent::Down>(&event.what)) return *down;
    if (const auto* action = std::get_if<Action>(&event.what)) return *action;
    if (std::holds_alternative<TestEvent::RecordFiles>(event.what)) {
      return inputs_.records.at(index);
    }
    const TimePoint at = test_.start + event.at;
    if (const auto* edit = std::get_if<RosterEdit>(&event.what)) {
      roster_ = read_at(at, edited(roster_ ? *roster_ : Roster{}, *edit));
    } else {
      roster_ = read_at(at, *inputs_.rosters.at(index));
    }
    return roster_;
  }

  // A roster in a test holds for the whole run.
  [[nodiscard]] std::shared_ptr<const Roster> read_at(TimePoint at, Roster roster) const {
    roster.read_at = at;
    roster.validity = test_.end() - at + std::chrono::days(2);
    return std::make_shared<const Roster>(std::move(roster));
  }

  void add(Duration at, ReplayEvent::What what, TestScript::Origin origin) {
    made_.script.events.push_back({test_.start + at, std::move(what)});
    made_.origins.push_back(origin);
  }

  const TriggerTest& test_;
  const TestInputs& inputs_;
  TestScript made_;
  std::shared_ptr<const Roster> roster_;  // as of the events added so far
};

}  // namespace

bool is_moment(const TestCheck& check) {
  switch (check.kind) {
    case TestCheck::Kind::verdict:
    case TestCheck::Kind::share:
    case TestCheck::Kind::coverage:
    case TestCheck::Kind::state:
      return true;
    case TestCheck::Kind::event:
    case TestCheck::Kind::no_event:
    case TestCheck::Kind::notifications:
      return false;
  }
  return false;
}

TestScript make_test_script(const TriggerTest& test, const TestInputs& inputs) {
  return ScriptBuilder(test, inputs).build();
}

}  // namespace revisitd::rules
