#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rules/replay_log.h"
#include "rules/trigger_test.h"
#include "rules/trigger_test_reach.h"

// A trigger test, run.
namespace revisitd::rules {

// What the files that a test names hold.
struct TestInputs {
  EngineOptions engine = default_engine_options();
  Decisions decisions;
  std::shared_ptr<const Roster> roster;                          // null: none
  std::map<std::size_t, Decisions> records;                      // by event
  std::map<std::size_t, std::shared_ptr<const Roster>> rosters;  // by event, whole files
};

struct CheckResult {
  bool passed = false;
  std::string name;           // "checkout/tail-latency is tripped at 9d"
  std::string expected, got;  // for people; `got` is given for what passed, too
  Place place;
  Duration from{}, to{};
  std::string service, trigger;  // trigger: "" where none is meant
};

struct TestRun {
  std::vector<CheckResult> checks;  // in the order of the file; then events that could not happen
  ReplayLog log;
  std::map<std::pair<std::string, std::string>, Reach> reach;  // by service and trigger
};

// Holds the test against what it names: services, triggers and people that there are not, slot
// lengths that no trigger is judged at, units that do not fit are errors.
void check_trigger_test(const TriggerTest& test, const TestInputs& inputs, Findings& findings);

// Runs a test that was found right.
TestRun run_trigger_test(const TriggerTest& test, const TestInputs& inputs);

// One check, answered by what has happened until its end. `states` are the services' revisits as
// they stood at `to`, where the check asks for them.
CheckResult answer_event_check(const TriggerTest& test, const TestCheck& check,
                               const ReplayLog& log);
CheckResult answer_moment_check(const TestCheck& check, const DecisionState* state,
                                const std::string& last_end);

}  // namespace revisitd::rules
