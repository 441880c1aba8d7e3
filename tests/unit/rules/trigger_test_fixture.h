#pragma once

#include <gtest/gtest.h>

#include <string>

#include "rules/record.h"
#include "rules/roster_decode.h"
#include "rules/trigger_test_run.h"

// Trigger tests as texts, over one small record and roster.
namespace revisitd::rules {

inline constexpr std::string_view kTestRecord =
    "service: checkout\n"
    "team: payments\n"
    "date: 2026-01-01\n"
    "language: python\n"
    "alternatives: [go]\n"
    "triggers:\n"
    "  tail: {when: latency_p99 > 100ms, provided: rps >= 100, window: 1h, trip: 50%}\n"
    "  fluency: {when: fluent(\"python\") < 2, window: 10m, hard: true}\n"
    "  slow: {when: latency_p99 > 1s, window: 7d}\n";

inline constexpr std::string_view kTestRoster =
    "teams:\n"
    "  payments:\n"
    "    members:\n"
    "      - {name: ana, languages: {python: fluent}}\n"
    "      - {name: ben, languages: {python: fluent}}\n";

// Everything of a test file but its signals, events and expectations.
inline std::string test_file(const std::string& rest) {
  return "records: [checkout.md]\nstart: 2026-03-02T00:00:00Z\n" + rest;
}

inline Decisions read_decisions(std::string_view text, const SignalTable& signals = {}) {
  RecordOptions options;
  options.infer_signals = true;
  const RecordReading reading =
      read_record({"checkout.yaml", std::string(text), "", ""}, signals, options);
  EXPECT_TRUE(reading.ok()) << format_diagnostic(reading.diagnostics.front());
  Decisions decisions;
  for (const Decision& d : reading.decisions) decisions.push_back(std::make_shared<Decision>(d));
  return decisions;
}

struct Tested {
  TestRun run;
  std::string problems;  // what is wrong with the file, as format_diagnostic says it

  // "ok NAME" and "NAME: expected X, got Y", a line each.
  [[nodiscard]] std::string outcome() const {
    std::string out = problems;
    for (const CheckResult& c : run.checks) {
      out += c.passed ? "ok " + c.name : c.name + ": expected " + c.expected + ", got " + c.got;
      out += "\n";
    }
    return out;
  }
};

inline Tested run_test_text(const std::string& text) {
  Tested tested;
  Findings findings("t.yml", text);
  const auto test = decode_trigger_test(text, "t.yml", findings);
  if (test) {
    TestInputs inputs;
    inputs.decisions = read_decisions(kTestRecord, signals_of(*test, findings));
    inputs.roster =
        std::make_shared<Roster>(*decode_roster(kTestRoster, "roster.yaml", test->start).roster);
    check_trigger_test(*test, inputs, findings);
    if (findings.ok()) tested.run = run_trigger_test(*test, inputs);
  }
  for (const Diagnostic& d : findings.list()) tested.problems += format_diagnostic(d) + "\n";
  return tested;
}

}  // namespace revisitd::rules
