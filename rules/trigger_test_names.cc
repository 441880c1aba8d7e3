#include <algorithm>
#include <set>

#include "rules/trigger_test_run.h"

// A trigger test held against the files it names, before it runs.
namespace revisitd::rules {
namespace {

using Names = std::set<std::string, std::less<>>;

std::string hint(std::string_view word, const Names& known) {
  return suggestion(word, std::vector<std::string_view>(known.begin(), known.end()));
}

class NameCheck {
 public:
  NameCheck(const TriggerTest& test, const TestInputs& inputs, Findings& findings)
      : test_(test), inputs_(inputs), findings_(findings) {
    add(inputs.decisions);
    for (const auto& [event, decisions] : inputs.records) add(decisions);
    for (const auto& decision : decisions_) services_.insert(decision->service);
  }

  void check() {
    for (const TestSeries& series : test_.series) check_series(series);
    if (findings_.ok()) {
      for (const TestSeries& series : test_.series) warn_of_gaps(series);
    }
    for (const TestCheck& c : test_.checks) {
      if (know_service(c.service, c.place) && !c.trigger.empty()) know_trigger(c);
    }
    check_events();
  }

 private:
  void add(const Decisions& decisions) {
    decisions_.insert(decisions_.end(), decisions.begin(), decisions.end());
  }

  bool know_service(const std::string& service, Place place) {
    if (services_.contains(service)) return true;
    findings_.error(place, "no record in force decides for the service " + in_quotes(service) +
                               (services_.empty() ? "" : ", " + hint(service, services_)));
    return false;
  }

  void know_trigger(const TestCheck& check) {
    Names names;
    for (const auto& decision : decisions_) {
      if (decision->service != check.service) continue;
      for (const Trigger& t : decision->triggers) names.insert(t.name);
    }
    if (names.contains(check.trigger)) return;
    findings_.error(check.place, "`" + check.service + "` has no trigger " +
                                     in_quotes(check.trigger) +
                                     (names.empty() ? "" : ", " + hint(check.trigger, names)));
  }

  // Slot lengths at which a service's triggers look at a signal, each with one that does.
  std::map<Duration, std::string> lengths_of(const TestSeries& series) {
    std::map<Duration, std::string> lengths;
    for (const auto& decision : decisions_) {
      if (decision->service != series.service) continue;
      for (const Trigger& t : decision->triggers) {
        const bool uses = t.when.signals().contains(series.signal) ||
                          (t.provided && t.provided->signals().contains(series.signal));
        if (uses) lengths.try_emplace(slot_length(t.window, inputs_.engine.ladder), t.name);
      }
    }
    return lengths;
  }

  void check_series(const TestSeries& series) {
    if (!know_service(series.service, series.service_place)) return;
    const auto lengths = lengths_of(series);
    if (lengths.empty()) {
      Names used;
      for (const auto& decision : decisions_) {
        if (decision->service != series.service) continue;
        for (const Trigger& t : decision->triggers) {
          used.insert(t.when.signals().begin(), t.when.signals().end());
          if (t.provided) used.insert(t.provided->signals().begin(), t.provided->signals().end());
        }
      }
      findings_.error(series.place, "no trigger of `" + series.service + "` looks at " +
                                        in_quotes(series.signal) +
                                        (used.empty() ? "" : ", " + hint(series.signal, used)));
      return;
    }
    if (!lengths.contains(series.every)) {
      std::string known;
      for (const auto& [length, trigger] : lengths) {
        known += (known.empty() ? "" : " or ") + format_duration(length) + " (`" + trigger + "`)";
      }
      findings_.error(series.every_place,
                      "`every`: expected a slot length of a trigger that uses `" + series.signal +
                          "`, which is " + known + ", found " + format_duration(series.every));
      return;
    }
    if (to_millis(test_.start) % series.every.count() != 0) {
      findings_.error(series.every_place, "`start` is not the start of a slot of " +
                                              format_duration(series.every) +
                                              ", expected it to be a multiple of the slot length");
    }
    check_unit(series);
  }

  void check_unit(const TestSeries& series) {
    const Unit unit = series.series.unit.value_or(Unit::number);
    for (const auto& decision : decisions_) {
      const auto spec = decision->signals.find(series.signal);
      if (decision->service != series.service || spec == decision->signals.end()) continue;
      const Unit declared = spec->second.unit;
      const bool plain = unit == Unit::number || (unit == Unit::ratio && declared == Unit::number);
      if (plain || unit == declared) continue;
      findings_.error(series.place, "`" + series.signal + "` is declared in " +
                                        std::string(unit_name(declared)) + ", its values are in " +
                                        std::string(unit_name(unit)));
      return;
    }
  }

  // Of a signal that has values at one length and is looked at at two, the first series says so.
  void warn_of_gaps(const TestSeries& series) {
    const auto same = [&](const TestSeries& other) {
      return other.service == series.service && other.signal == series.signal;
    };
    if (&*std::find_if(test_.series.begin(), test_.series.end(), same) != &series) return;
    for (const auto& [length, trigger] : lengths_of(series)) {
      const bool given = std::any_of(
          test_.series.begin(), test_.series.end(),
          [&, at = length](const TestSeries& other) { return same(other) && other.every == at; });
      if (given) continue;
      findings_.warning(series.place,
                        "`" + trigger + "` looks at `" + series.signal + "` in slots of " +
                            format_duration(length) +
                            ", which have no values; a list can give several lengths");
    }
  }

  void check_events() {
    Names people, teams;
    const auto read = [&](const Roster& roster) {
      for (const auto& [name, team] : roster.teams) {
        teams.insert(name);
        for (const Member& m : team.members) people.insert(m.name);
      }
    };
    if (inputs_.roster) read(*inputs_.roster);
    for (const auto& [event, roster] : inputs_.rosters) read(*roster);
    for (const TestEvent& event : test_.events) {
      const auto* edit = std::get_if<RosterEdit>(&event.what);
      if (edit && edit->kind == RosterEdit::Kind::join) people.insert(edit->member.name);
    }
    for (const TestEvent& event : test_.events) {
      if (const auto* action = std::get_if<Action>(&event.what)) {
        know_service(action->target, event.place);
      }
      const auto* edit = std::get_if<RosterEdit>(&event.what);
      if (!edit) continue;
      if (edit->kind == RosterEdit::Kind::join) {
        if (!teams.contains(edit->team)) {
          findings_.error(edit->place, "the roster has no team " + in_quotes(edit->team) +
                                           (teams.empty() ? "" : ", " + hint(edit->team, teams)));
        }
      } else if (!people.contains(edit->member.name)) {
        findings_.error(edit->place,
                        "the roster has nobody named " + in_quotes(edit->member.name) +
                            (people.empty() ? "" : ", " + hint(edit->member.name, people)));
      }
    }
  }

  const TriggerTest& test_;
  const TestInputs& inputs_;
  Findings& findings_;
  Decisions decisions_;
  Names services_;
};

}  // namespace

void check_trigger_test(const TriggerTest& test, const TestInputs& inputs, Findings& findings) {
  NameCheck(test, inputs, findings).check();
}

}  // namespace revisitd::rules
