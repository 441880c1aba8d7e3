#include "rules/signal_inference.h"

#include <gtest/gtest.h>

#include "rules/record.h"

namespace revisitd::rules {
namespace {

std::string inferred(std::string_view condition) {
  SignalTable signals;
  infer_signals(condition, signals);
  std::string out;
  for (const auto& [name, spec] : signals) {
    out += (out.empty() ? "" : ", ") + name + " in " + std::string(unit_name(spec.unit));
  }
  return out;
}

TEST(SignalInferenceTest, TakesTheUnitThatTheConditionAsksFor) {
  EXPECT_EQ(inferred("latency_p99 > 100ms"), "latency_p99 in seconds");
  EXPECT_EQ(inferred("containers_per_node < 20"), "containers_per_node in number");
  EXPECT_EQ(inferred("memory / containers > 64MiB"), "containers in number, memory in bytes");
  EXPECT_EQ(inferred("a > 2 * avg(b, 7d) and b > 5s"), "a in seconds, b in seconds");
}

TEST(SignalInferenceTest, LeavesMistakesToTheParser) {
  EXPECT_EQ(inferred("latency_p99 >"), "");
  EXPECT_EQ(inferred("latency_p99 > 100ms and latency_p99 > 5MiB"), "");
  EXPECT_EQ(inferred("members > 2"), "");
  EXPECT_EQ(inferred("(a"), "");
  for (const char* word : {"NaN", "nan", "Inf", "infinity", "TRUE", "false", "null"}) {
    EXPECT_EQ(inferred(std::string("rps > ") + word), "") << word;
  }
}

TEST(SignalInferenceTest, ARecordIsReadWithoutItsConfiguration) {
  const RecordSource source{
      "checkout.yaml",
      "service: checkout\n"
      "team: payments\n"
      "date: 2026-05-04\n"
      "language: python\n"
      "envelope: {memory: 256MiB}\n"
      "triggers:\n"
      "  tail: {when: latency_p99 > 100ms, provided: rps >= 10, window: 1d}\n",
      "", ""};
  EXPECT_FALSE(read_record(source, {}).ok());
  RecordOptions options;
  options.infer_signals = true;
  const RecordReading reading = read_record(source, {}, options);
  ASSERT_TRUE(reading.ok()) << format_diagnostic(reading.diagnostics.front());
  const SignalTable& signals = reading.decisions.front().signals;
  EXPECT_EQ(signals.at("memory").unit, Unit::bytes);
  EXPECT_EQ(signals.at("latency_p99").unit, Unit::seconds);
  EXPECT_EQ(signals.at("rps").unit, Unit::number);
}

TEST(SignalInferenceTest, ABudgetThatIsNoQuantityIsToldAsSuch) {
  RecordOptions options;
  options.infer_signals = true;
  const RecordSource source{
      "checkout.yaml",
      "service: checkout\nteam: payments\ndate: 2026-05-04\nlanguage: python\n"
      "envelope: {latency_p99: 100ms, rps: 2k}\n",
      "", ""};
  const RecordReading reading = read_record(source, {}, options);
  ASSERT_EQ(reading.diagnostics.size(), 1u);
  EXPECT_NE(reading.diagnostics[0].message.find("2k"), std::string::npos)
      << reading.diagnostics[0].message;
}

TEST(SignalInferenceTest, AWordForAValueIsNoSignal) {
  RecordOptions options;
  options.infer_signals = true;
  for (const char* word : {"NaN", "Inf", "true", "null"}) {
    const RecordSource source{"checkout.yaml",
                              std::string("service: checkout\nteam: payments\ndate: 2026-05-04\n"
                                          "language: python\nenvelope: {rps: 2000}\n"
                                          "triggers: {load: {when: rps > ") +
                                  word + ", window: 1d}}\n",
                              "", ""};
    const RecordReading reading = read_record(source, {}, options);
    ASSERT_FALSE(reading.ok()) << word;
    EXPECT_EQ(reading.diagnostics.front().message,
              "`when`: " + in_quotes(word) + " is no number that a value can be compared with");
  }
}

}  // namespace
}  // namespace revisitd::rules
