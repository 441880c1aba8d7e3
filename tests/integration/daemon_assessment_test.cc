#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/daemon_rig.h"

// What now: the decision rerun, drafts and advice, by the real program.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const char* const kRecord = R"(# Use Python for checkout

* Status: accepted
* Date: 2026-05-04

```yaml revisit
service: checkout
team: payments
language: python
alternatives: [go, rust]
workload: network-service
envelope: {memory: 256MiB}
inputs: {memory: 100MiB}
triggers:
  people: {when: 'fluent("python") < 2', window: 1m, hard: true, favours: go}
```
)";
const char* const kRoster =
    "teams:\n"
    "  payments:\n"
    "    members:\n"
    "      - {name: ana, languages: {python: fluent, go: fluent}}\n"
    "      - {name: ben, languages: {go: fluent}}\n";
const char* const kMore =
    "roster: {files: [roster.yaml]}\n"
    "signals:\n  memory: {max: process_resident_memory_bytes, unit: bytes}\n"
    "assessment:\n"
    "  languages:\n"
    "    rust: {suits: {network-service: 0.9}, footprint: {memory: 0.2}}\n";

class AssessmentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    daemon.write("revisitd.yml", quick_config(kMore));
    daemon.write("roster.yaml", kRoster);
    daemon.write("records/0007-checkout.md", kRecord);
    ASSERT_TRUE(daemon.start()) << daemon.log();
  }
  [[nodiscard]] json assessment() const {
    return daemon.get("/api/v1/decisions/checkout/assessment").data();
  }
  Daemon daemon;
};

TEST_F(AssessmentTest, TheConfigurationsLanguagesTakePart) {
  const json a = assessment();
  EXPECT_TRUE(a["languages"].contains("rust"));
  EXPECT_EQ(a["result"], "leans");
  EXPECT_EQ(a["leans"], "go");
  EXPECT_EQ(a["gate"][0]["language"], "rust");
}

TEST_F(AssessmentTest, ARevisitsMessageAndPageCarryIt) {
  ASSERT_TRUE(eventually([&] { return daemon.verdict("checkout", "people") == "tripped"; },
                         std::chrono::seconds(90)))
      << daemon.log();
  const json revisits = daemon.get("/api/v1/revisits").data();
  const json& revisit = revisits.at(0);
  EXPECT_EQ(revisit["assessment"]["leans"], "go");
  EXPECT_THAT(daemon.get("/service/checkout").body, HasSubstr("The decision rerun"));
}

TEST_F(AssessmentTest, ThePromptShowsIt) {
  const Outcome shown = revisitd({"assess", "checkout", "--url", daemon.url()});
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("leans go"));
  EXPECT_THAT(shown.out, HasSubstr("\nbehind the fluency gate: rust: "));
  EXPECT_THAT(shown.out, HasSubstr("\n  fluency  "));
  const Outcome whole = revisitd({"assess", "checkout", "--json", "--url", daemon.url()});
  EXPECT_EQ(json::parse(whole.out)["leans"], "go");
  EXPECT_EQ(revisitd({"assess", "nobody", "--url", daemon.url()}).code, 1);
}

TEST_F(AssessmentTest, ADraftPassesTheCheckAsItStands) {
  const Outcome draft = revisitd({"draft", "checkout", "--url", daemon.url()});
  ASSERT_EQ(draft.code, 0) << draft.err;
  EXPECT_THAT(draft.out, HasSubstr("# Use Go for checkout\n"));
  const std::string path = daemon.write("records/0008-use-go-for-checkout.md", draft.out);
  const Outcome check =
      revisitd({"check", "records", "--config.file", daemon.path("revisitd.yml"), path});
  EXPECT_EQ(check.code, 0) << check.err;
  // Once the daemon has seen it, the next one counts on.
  EXPECT_TRUE(eventually([&] {
    const Outcome next = revisitd({"draft", "checkout", "--json", "--url", daemon.url()});
    return json::parse(next.out)["file"] == "0009-use-go-for-checkout.md";
  }));
}

TEST_F(AssessmentTest, ThenSurvivesARestart) {
  ASSERT_TRUE(eventually([&] {
    return !assessment()["languages"]["python"]["criteria"].empty() &&
           assessment()["moved"].empty();
  }));
  daemon.stop();
  daemon.write("roster.yaml", std::string(kRoster) + "      - {name: chi, languages: {}}\n");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(eventually([&] {
    const json now = assessment();
    for (const json& moved : now["moved"]) {
      if (moved["input"] == "members" && moved["then"] == 2 && moved["now"] == 3) return true;
    }
    return false;
  })) << assessment().dump();
}

TEST_F(AssessmentTest, AdviceHasPrecedents) {
  const Outcome advice = revisitd({"advise", "--workload", "network-service", "--team", "payments",
                                   "--memory", "256MiB", "--url", daemon.url()});
  EXPECT_EQ(advice.code, 0) << advice.err;
  EXPECT_THAT(advice.out,
              HasSubstr("precedents, the nearest first:\n  checkout (payments): python"));
  const Outcome wrong = revisitd({"advise", "--workload", "web", "--url", daemon.url()});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("`workload`: no such workload"));
}

TEST_F(AssessmentTest, TheStackIsAPageForPeople) {
  const Outcome stack = revisitd({"trail", "--stack", "--url", daemon.url()});
  EXPECT_EQ(stack.code, 0) << stack.err;
  EXPECT_THAT(stack.out, HasSubstr("### checkout: Python"));
  const Outcome lines = revisitd({"trail", "--format", "json", "--url", daemon.url()});
  EXPECT_THAT(lines.out, HasSubstr(R"("type":"decision.added","service":"checkout")"));
}

}  // namespace
}  // namespace revisitd::testing
