#pragma once

#include <string>

#include "rules/assessment.h"

// A decision and its inputs, built up in words:
//   Rerun r; r.measure("latency_p99", "131ms"); r.team(4, "python", 3, 3); r.assess().result
namespace revisitd::rules {

class Rerun {
 public:
  Rerun() {
    candidate.service = "checkout";
    candidate.decision = "0007-python-for-checkout";
    candidate.chosen = "python";
    candidate.alternatives = {"go"};
    candidate.workload = "network-service";
    candidate.envelope = {{"latency_p99", {0.1, Unit::seconds}},
                          {"memory", {268435456.0, Unit::bytes}},
                          {"rps", {2000, Unit::number}}};
    now.at = *parse_time("2026-11-02T10:00:00Z");
    then.at = *parse_time("2026-05-04T00:00:00Z");
  }

  Rerun& measure(const std::string& signal, const std::string& value) {
    now.signals[signal] = {*parse_quantity(value), "prometheus main", now.at};
    return *this;
  }
  Rerun& measured(const std::string& signal, const std::string& value) {
    then.signals[signal] = {*parse_quantity(value), "record", then.at};
    return *this;
  }
  // So many on the team, of whom so many know the language cold and so many have shipped it.
  Rerun& team(int members, const std::string& language, int fluent, int shipped) {
    for (DecisionInputs* inputs : {&now, &then}) {
      if (!inputs->people) inputs->people.emplace();
      PeopleInputs& people = *inputs->people;
      people.members = members;
      people.fluent[language] = people.staying[language] = fluent;
      if (!people.shipped) people.shipped.emplace();
      (*people.shipped)[language] = people.knows[language] = people.around[language] = shipped;
      people.source = "roster.yaml";
      people.at = inputs->at;
    }
    return *this;
  }
  Rerun& runs(const std::string& language, int on_the_team, int in_the_fleet) {
    for (DecisionInputs* inputs : {&now, &then}) {
      if (!inputs->fleet) inputs->fleet.emplace();
      if (on_the_team > 0) inputs->fleet->team[language] = on_the_team;
      inputs->fleet->fleet[language] = in_the_fleet;
    }
    return *this;
  }

  [[nodiscard]] Assessment assess() const { return rules::assess(candidate, then, now, catalogue); }
  [[nodiscard]] double score(const std::string& language) const {
    for (const LanguageScore& l : assess().languages) {
      if (l.language == language) return l.score;
    }
    return -1;
  }
  [[nodiscard]] Criterion criterion(const std::string& language, const std::string& name) const {
    for (const LanguageScore& l : assess().languages) {
      if (l.language != language) continue;
      for (const Criterion& c : l.criteria) {
        if (c.name == name) return c;
      }
    }
    return {};
  }

  Candidate candidate;
  DecisionInputs then, now;
  Catalogue catalogue = built_in_catalogue();
};

}  // namespace revisitd::rules
