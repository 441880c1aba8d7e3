#include "rules/trigger_test_run.h"

#include "tests/unit/rules/trigger_test_fixture.h"

namespace revisitd::rules {
namespace {

const std::string kSignals =
    "signals:\n"
    "  checkout:\n"
    "    latency_p99: [{every: 1m, values: '80ms*60 130ms*40 80ms*60'}, {every: 10m, values: "
    "80ms*16}]\n"
    "    rps: {every: 1m, values: 500*160}\n";

std::string outcome(const std::string& rest) {
  return run_test_text(test_file(kSignals + rest)).outcome();
}

TEST(TriggerTestRunTest, AtSeesTheSlotThatEndsThen) {
  EXPECT_EQ(outcome("expect:\n"
                    "  - {at: 47m, verdicts: {checkout/tail: blind}}\n"
                    "  - {at: 48m, verdicts: {checkout/tail: clear}}\n"
                    "  - {at: 89m, verdicts: {checkout/tail: clear}}\n"
                    "  - {at: 90m, verdicts: {checkout/tail: tripped}, state: {checkout: open}}\n"),
            "ok checkout/tail is blind at 47m\n"
            "ok checkout/tail is clear at 48m\n"
            "ok checkout/tail is clear at 1h29m\n"
            "ok checkout/tail is tripped at 1h30m\n"
            "ok the revisit of checkout is open at 1h30m\n");
}

TEST(TriggerTestRunTest, SaysWhatItGotInstead) {
  EXPECT_EQ(outcome("expect:\n"
                    "  - {at: 90m, verdicts: {checkout/tail: clear}, state: {checkout: none}}\n"
                    "  - {at: 90m, shares: {checkout/tail: 60%}, coverage: {checkout/tail: 100%}}\n"
                    "  - {between: [0s, 1h], opened: checkout}\n"
                    "  - {until: 2h, not_opened: checkout/tail, worsened: checkout}\n"
                    "  - {until: 2h, notifications: {checkout: 0}}\n"),
            "checkout/tail is clear at 1h30m: expected clear, got tripped\n"
            "checkout has no revisit at 1h30m: expected none, got open\n"
            "checkout/tail has breach in 60% at 1h30m: expected 60%, got 50%\n"
            "ok checkout/tail has 100% covered at 1h30m\n"
            "checkout opened until 1h: expected opened until 1h, got opened at 1h30m\n"
            "checkout/tail not opened until 2h: expected not opened until 2h, got opened at 1h30m\n"
            "checkout worsened until 2h: expected worsened until 2h, got never worsened\n"
            "checkout tells 0 times until 2h: expected 0, got 1: opened at 1h30m (tail)\n");
}

TEST(TriggerTestRunTest, PeopleActAndComeAndGo) {
  EXPECT_EQ(
      outcome("events:\n"
              "  - {at: 95m, acknowledge: checkout, by: ana}\n"
              "  - {at: 100m, roster: {leave: ben}}\n"
              "  - {at: 101m, snooze: checkout, by: ana, why: sale, for: 20m}\n"
              "  - {at: 130m, conclude: checkout, by: ana, why: rolled back, outcome: reaffirmed}\n"
              "  - {at: 131m, roster: {join: {team: payments, name: eva, languages: {python: "
              "learning}}}}\n"
              "  - {at: 140m, roster: {learn: {name: eva, languages: {python: fluent}}}}\n"
              "expect:\n"
              "  - {at: 95m, state: {checkout: acknowledged}}\n"
              "  - {at: 100m, verdicts: {checkout/fluency: clear}}\n"
              "  - {at: 101m, verdicts: {checkout/fluency: clear}, state: {checkout: snoozed}}\n"
              "  - {between: [100m, 121m], worsened: checkout/fluency, snooze-ended: checkout}\n"
              "  - {at: 130m, state: {checkout: concluded}}\n"
              "  - {at: 130m, state: {checkout: none}}\n")
          .find("got"),
      std::string::npos);
}

TEST(TriggerTestRunTest, WhatCannotBeDoneFails) {
  EXPECT_EQ(
      outcome("events: [{at: 5m, acknowledge: checkout, by: ana}]\n"
              "expect: [{at: 5m, state: {checkout: none}}]\n"),
      "ok checkout has no revisit at 5m\n"
      "ana acknowledges the revisit of checkout at 5m: expected done, got no unfinished revisit "
      "or service with one is named 'checkout'\n");
}

TEST(TriggerTestRunTest, WhileItIsDownThingsStandAsTheyWere) {
  EXPECT_EQ(
      outcome("events: [{at: 80m, restart: 15m}]\n"
              "expect:\n"
              "  - {at: 94m, verdicts: {checkout/tail: clear}, coverage: {checkout/tail: 100%}}\n"
              "  - {at: 96m, coverage: {checkout/tail: 75%}}\n"),
      "ok checkout/tail is clear at 1h34m\n"
      "ok checkout/tail has 100% covered at 1h34m\n"
      "ok checkout/tail has 75% covered at 1h36m\n");
}

TEST(TriggerTestRunTest, PlainNumbersAreInTheSignalsOwnUnit) {
  const std::string text = test_file(
      "signals:\n  checkout:\n    latency_p99: {every: 1m, values: '0.13*60'}\n"
      "    rps: {every: 1m, values: 500*60}\n"
      "expect: [{at: 1h, verdicts: {checkout/tail: tripped}}]\n");
  EXPECT_NE(run_test_text(text).outcome().find("ok checkout/tail is tripped at 1h\n"),
            std::string::npos)
      << run_test_text(text).outcome();
}

TEST(TriggerTestRunTest, TheFileIsHeldAgainstTheRecord) {
  const std::string text = test_file(
      "signals:\n"
      "  checkout:\n"
      "    latency_p99: {every: 5m, values: 80ms}\n"
      "    rsp: {every: 1m, values: 500}\n"
      "  search:\n"
      "    rps: {every: 1m, values: 500}\n"
      "events:\n"
      "  - {at: 1m, roster: {leave: anna}}\n"
      "expect:\n"
      "  - {at: 1m, verdicts: {checkout/tale: clear}}\n");
  EXPECT_EQ(
      run_test_text(text).problems,
      "t.yml:5:26: `every`: expected a slot length of a trigger that uses `latency_p99`, which "
      "is 1m (`tail`) or 10m (`slow`), found 5m\n"
      "      latency_p99: {every: 5m, values: 80ms}\n"
      "                           ^\n"
      "t.yml:6:5: no trigger of `checkout` looks at \"rsp\", did you mean `rps`?\n"
      "      rsp: {every: 1m, values: 500}\n"
      "      ^\n"
      "t.yml:7:3: no record in force decides for the service \"search\", expected `checkout`\n"
      "    search:\n"
      "    ^\n"
      "t.yml:10:30: the roster has nobody named \"anna\", did you mean `ana`?\n"
      "    - {at: 1m, roster: {leave: anna}}\n"
      "                               ^\n"
      "t.yml:12:40: `checkout` has no trigger \"tale\", did you mean `tail`?\n"
      "    - {at: 1m, verdicts: {checkout/tale: clear}}\n"
      "                                         ^\n");
}

TEST(TriggerTestRunTest, ASignalWithoutValuesAtOneOfItsLengthsIsNamed) {
  const std::string text = test_file(
      "signals: {checkout: {latency_p99: {every: 1m, values: 80ms}}}\n"
      "expect: [{at: 1m, verdicts: {checkout/slow: blind}}]\n");
  EXPECT_NE(run_test_text(text).problems.find(
                "warning: `slow` looks at `latency_p99` in slots of 10m, which have no values"),
            std::string::npos)
      << run_test_text(text).problems;
}

}  // namespace
}  // namespace revisitd::rules
