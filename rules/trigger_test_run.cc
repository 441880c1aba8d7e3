#include "rules/trigger_test_run.h"

#include "rules/trigger_test_script.h"

namespace revisitd::rules {
namespace {

std::string action_text(const Action& action) {
  switch (action.kind) {
    case Action::Kind::acknowledge:
      return action.by + " acknowledges the revisit of " + action.target;
    case Action::Kind::snooze:
      return action.by + " snoozes the revisit of " + action.target;
    case Action::Kind::conclude:
      return action.by + " concludes the revisit of " + action.target;
  }
  return "";
}

class Runner final : public ReplaySink {
 public:
  Runner(const TriggerTest& test, const TestInputs& inputs)
      : test_(test), made_(make_test_script(test, inputs)) {}

  TestRun run() {
    run_.checks.resize(test_.checks.size());
    replay(made_.script, *this);
    for (std::size_t i = 0; i < test_.checks.size(); ++i) {
      if (!is_moment(test_.checks[i])) {
        run_.checks[i] = answer_event_check(test_, test_.checks[i], run_.log);
      }
    }
    run_.checks.insert(run_.checks.end(), failures_.begin(), failures_.end());
    run_.reach = gauge_.finish();
    return std::move(run_);
  }

  void step(const Engine& engine, const ReplayStep& step) override {
    run_.log.step(engine, step);
    gauge_.step(engine, step);
    for (const Event& e : step.result.events) {
      if (!e.revisit) continue;
      ends_[e.service] = is_final(e.revisit->state) ? revisit_state_name(e.revisit->state) : "";
    }
    if (!step.event) return;
    const TestScript::Origin& origin = made_.origins[*step.event];
    if (origin.check) look(engine, *origin.check);
    if (step.failure) note_failure(test_.events[*origin.event], *step.failure);
  }

 private:
  void look(const Engine& engine, std::size_t index) {
    const TestCheck& check = test_.checks[index];
    const auto state = engine.decisions().find(check.service);
    run_.checks[index] = answer_moment_check(
        check, state == engine.decisions().end() ? nullptr : &state->second, ends_[check.service]);
  }

  void note_failure(const TestEvent& event, const ActionFailure& failure) {
    const Action& action = std::get<Action>(event.what);
    CheckResult result;
    result.name = action_text(action) + " at " + format_duration(event.at);
    result.expected = "done";
    result.got = failure.message;
    result.place = event.place;
    result.from = result.to = event.at;
    result.service = action.target;
    failures_.push_back(std::move(result));
  }

  const TriggerTest& test_;
  TestScript made_;
  TestRun run_;
  ReachGauge gauge_;
  std::map<std::string, std::string>
      ends_;  // by service: how its latest revisit ended, "" if it has not
  std::vector<CheckResult> failures_;
};

}  // namespace

TestRun run_trigger_test(const TriggerTest& test, const TestInputs& inputs) {
  return Runner(test, inputs).run();
}

}  // namespace revisitd::rules
