#include "rules/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace revisitd::rules {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

SignalTable signals() {
  SignalTable table;
  const auto add = [&](const char* name, Unit unit) {
    SignalSpec spec;
    spec.name = name;
    spec.unit = unit;
    table[name] = spec;
  };
  add("latency_p99", Unit::seconds);
  add("rps", Unit::number);
  add("memory", Unit::bytes);
  add("error_ratio", Unit::ratio);
  return table;
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A reading as a person sees it: what is watched, then every diagnostic.
std::string print(const RecordReading& reading) {
  std::ostringstream out;
  out << "title: " << reading.title << "\nstatus: " << status_name(reading.status) << "\n";
  if (!reading.superseded_by.empty()) out << "superseded by: " << reading.superseded_by << "\n";
  if (!reading.has_block) out << "nothing to watch\n";
  for (const Decision& d : reading.decisions) {
    out << "watched: " << d.service << " (" << d.id << ", " << d.team << ", " << d.language << ", "
        << format_date(d.date) << ", " << d.triggers.size() << " triggers)\n";
  }
  for (const Diagnostic& d : reading.diagnostics) out << format_diagnostic(d) << "\n";
  return out.str();
}

fs::path fixtures() { return fs::path(REVISITD_SOURCE_DIR) / "tests/fixtures/records"; }

RecordReading read_fixture(const std::string& name) {
  RecordSource source{name, slurp(fixtures() / name), "", ""};
  const fs::path side = fixtures() / (fs::path(name).stem().string() + ".revisit.yaml");
  if (fs::exists(side)) {
    source.side_path = side.filename();
    source.side_text = slurp(side);
  }
  return read_record(source, signals());
}

// Each record beside its `.golden`, which REVISITD_WRITE_GOLDEN=1 writes anew for a person to
// review.
class RecordGoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(RecordGoldenTest, ReadsAsAPersonExpects) {
  const fs::path golden = fixtures() / (GetParam() + ".golden");
  const std::string seen = print(read_fixture(GetParam()));
  if (std::getenv("REVISITD_WRITE_GOLDEN")) std::ofstream(golden, std::ios::binary) << seen;
  EXPECT_EQ(seen, slurp(golden));
}

std::vector<std::string> fixture_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fixtures())) {
    const std::string name = entry.path().filename();
    if (is_record_path(name) && !is_side_path(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Records, RecordGoldenTest, testing::ValuesIn(fixture_names()), test_name);

RecordReading read_block(const std::string& block) {
  return read_record(
      {"r.md", "# R\n\nStatus: accepted\nDate: 2026-05-04\n\n```yaml revisit\n" + block + "\n```\n",
       "", ""},
      signals());
}

constexpr const char* kHead = "service: checkout\nteam: payments\nlanguage: python\n";

TEST(RecordTest, ReadsEveryFieldOfABlock) {
  const RecordReading reading = read_fixture("madr-2.md");
  ASSERT_THAT(reading.decisions, SizeIs(1));
  const Decision& d = reading.decisions[0];
  EXPECT_EQ(d.workload, "network-service");
  EXPECT_THAT(d.alternatives, testing::ElementsAre("go"));
  EXPECT_EQ(d.envelope.at("memory"), (Quantity{256.0 * 1024 * 1024, Unit::bytes}));
  EXPECT_EQ(d.tenure, std::chrono::days(30));
  EXPECT_EQ(d.review_date(), d.date + std::chrono::days(365));
  ASSERT_THAT(d.triggers, SizeIs(2));
  const Trigger& tail = d.triggers[0];
  EXPECT_EQ(tail.name, "tail-latency");
  EXPECT_EQ(tail.place, (Place{32, 3}));
  EXPECT_EQ(d.place, (Place{20, 1}));
  EXPECT_EQ(d.team_place, (Place{21, 1}));
  EXPECT_EQ(tail.when.text(), "latency_p99 > 100ms");
  EXPECT_EQ(tail.provided->text(), "rps >= 1600");
  EXPECT_EQ(tail.window, std::chrono::days(7));
  EXPECT_EQ(tail.trip, (Share{95, 100}));
  EXPECT_EQ(tail.favours, "go");
  EXPECT_FALSE(tail.hard);
  EXPECT_TRUE(d.triggers[1].hard);
  EXPECT_EQ(d.triggers[1].trip, (Share{1, 1}));
  EXPECT_EQ(d.triggers[1].clear, (Share{1, 2}));
  EXPECT_EQ(d.triggers[1].coverage, (Share{4, 5}));
}

TEST(RecordTest, OverridesAreMergedOverTheConfiguredSignals) {
  const RecordReading reading = read_fixture("signals.md");
  ASSERT_THAT(reading.decisions, SizeIs(1));
  const Decision& d = reading.decisions[0];
  EXPECT_EQ(d.signals.at("queue_age").series, "scoring_queue_age_seconds");
  EXPECT_EQ(d.signals.at("queue_age").unit, Unit::seconds);
  EXPECT_EQ(d.signals.at("fleet_cost").reduction, Reduction::query);
  EXPECT_EQ(d.signals.count("latency_p99"), 1U);
  EXPECT_EQ(d.runtime, "3.11");
  EXPECT_EQ(d.inputs.at("rps").value, 150);
}

TEST(RecordTest, ClearIsHalfOfTripByDefault) {
  const auto reading =
      read_block(std::string(kHead) + "triggers: {a: {when: rps > 1, window: 1d, trip: 95%}}");
  ASSERT_THAT(reading.decisions, SizeIs(1));
  EXPECT_EQ(reading.decisions[0].triggers[0].clear, (Share{95, 200}));
}

TEST(RecordTest, ADecisionNeedsNoTriggers) {
  EXPECT_THAT(read_block(kHead).decisions, SizeIs(1));
  EXPECT_THAT(read_block(std::string(kHead) + "triggers: {}").decisions, SizeIs(1));
}

TEST(RecordTest, AShareOfARatioMayBeAPlainNumber) {
  const auto reading = read_block(std::string(kHead) + "envelope: {error_ratio: 0.01}");
  ASSERT_THAT(reading.decisions, SizeIs(1));
  EXPECT_EQ(reading.decisions[0].envelope.at("error_ratio"), (Quantity{0.01, Unit::ratio}));
}

TEST(RecordTest, WindowsFitTheLadder) {
  const auto errors = [](const char* window, RecordOptions options) {
    const RecordSource source{"r.yaml",
                              "{date: 2026-05-04, service: a, team: b, language: go, triggers: {t: "
                              "{when: rps > 1, window: " +
                                  std::string(window) + "}}}",
                              "", ""};
    return read_record(source, signals(), options).diagnostics.size();
  };
  RecordOptions ladder;
  EXPECT_EQ(errors("1m", ladder), 0U);
  EXPECT_EQ(errors("59s", ladder), 1U);
  EXPECT_EQ(errors("16000h", ladder), 0U);
  EXPECT_EQ(errors("16001h", ladder), 1U);
  ladder.shortest_slot = std::chrono::seconds(1);
  EXPECT_EQ(errors("59s", ladder), 0U);
  ladder.longest_slot = std::chrono::days(30);
  EXPECT_EQ(errors("3650d", ladder), 0U);
  EXPECT_EQ(errors("3651d", ladder), 1U);
}

TEST(RecordTest, HostileNamesAreRefused) {
  for (const char* name : {"'\"} or vector(1)'", "a/b", "../../x", "'<script>'", "\"a\\nb\""}) {
    EXPECT_THAT(read_block("service: " + std::string(name) + "\nteam: t\nlanguage: go").decisions,
                IsEmpty())
        << name;
  }
}

TEST(RecordTest, AUtf16FileIsNamed) {
  using namespace std::string_view_literals;
  const auto reading = read_record({"r.md", std::string("\xFF\xFE#\0 \0"sv), "", ""}, signals());
  ASSERT_THAT(reading.diagnostics, SizeIs(1));
  EXPECT_THAT(reading.diagnostics[0].message, HasSubstr("UTF-16"));
}

TEST(RecordTest, BrokenBytesInProseAreNoMatterOfOurs) {
  const std::string text = "# Caf\xE9\n\nStatus: accepted\nDate: 2026-05-04\n\n```yaml revisit\n" +
                           std::string(kHead) + "```\n";
  EXPECT_THAT(read_record({"r.md", text, "", ""}, signals()).decisions, SizeIs(1));
}

TEST(RecordTest, TooLargeARecordIsRefused) {
  const auto reading = read_record({"r.md", std::string((1 << 20) + 1, 'x'), "", ""}, signals());
  EXPECT_FALSE(reading.ok());
}

TEST(RecordTest, WhatATriggerFavoursIsAnAlternative) {
  const auto said = [](const std::string& more) {
    std::string all;
    const auto reading =
        read_block(kHead + more + "triggers: {t: {when: rps > 5, window: 7d, favours: rust}}");
    for (const Diagnostic& d : reading.diagnostics) all += d.message + "\n";
    return all;
  };
  EXPECT_EQ(said("alternatives: [go, rust]\n"), "");
  EXPECT_EQ(said(""), "`favours`: \"rust\" is not among `alternatives`, expected it there, too\n");
  EXPECT_EQ(said("alternatives: [ruts]\n"),
            "`favours`: \"rust\" is not among `alternatives`, did you mean `ruts`?\n");
  EXPECT_EQ(said("alternatives: rust\n"), "`alternatives`: expected a list, found \"rust\"\n");
}

TEST(RecordTest, TheFirstPairOfATableMayStandAsItsHeader) {
  const auto reading = read_record(
      {"r.md",
       "# R\n\n| Status | accepted |\n|---|---|\n| Date | 2026-05-04 |\n\n```yaml revisit\n" +
           std::string(kHead) + "```\n",
       "", ""},
      signals());
  EXPECT_THAT(reading.diagnostics, IsEmpty());
  ASSERT_THAT(reading.decisions, SizeIs(1));
  EXPECT_EQ(format_date(reading.decisions[0].date), "2026-05-04");
}

constexpr const char* kHeader = "# R\n\nStatus: accepted\nDate: 2026-05-04\n\n";

std::string open_block(const std::string& text) {
  const RecordReading reading = read_record({"r.md", text, "", ""}, signals());
  EXPECT_EQ(reading.ok(), !reading.decisions.empty());
  return reading.diagnostics.empty() ? "" : format_location(reading.diagnostics.front());
}

TEST(RecordTest, ABlockEndsWithItsFence) {
  const std::string block = std::string("```yaml revisit\n") + kHead;
  for (const std::string& end : {"```", "```\n", "  ```` \n", "\n\n```\nmore\n"}) {
    EXPECT_EQ(open_block(kHeader + block + end), "") << end;
  }
  for (const std::string& end : {"", "\n\n", "``", "    ```\n", "~~~\n", "``` x\n"}) {
    EXPECT_THAT(open_block(kHeader + block + end),
                testing::StartsWith("r.md:6:1: this block is never closed"))
        << end;
  }
  EXPECT_EQ(open_block(kHeader + std::string("~~~~yaml revisit\n") + kHead + "~~~~\n"), "");
}

TEST(RecordTest, ABlockInAListEndsWithItsFence) {
  const std::string head =
      "1. x\n\n   ```yaml revisit\n   service: s\n   team: t\n   language: go\n";
  EXPECT_EQ(open_block(kHeader + head + "   ```\n\nmore\n"), "");
  EXPECT_THAT(open_block(kHeader + head + "\nmore\n"), HasSubstr("never closed"));
  EXPECT_THAT(open_block(kHeader + head), HasSubstr("never closed"));
}

TEST(RecordTest, LineEndsDoNotMatterToAFence) {
  std::string text = std::string(kHeader) + "```yaml revisit\n" + kHead + "```\n";
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\r');
  }
  EXPECT_EQ(open_block(text), "");
}

TEST(RecordTest, FrontMatterOfOursEndsWithItsLine) {
  const std::string text =
      "---\nstatus: accepted\ndate: 2026-05-04\nrevisit:\n  service: s\n  team: t\n"
      "  language: go\n";
  EXPECT_EQ(open_block(text + "---\n# T\n"), "");
  EXPECT_THAT(open_block(text), testing::StartsWith("r.md:4:1: the front matter"));
  const auto rule = read_record({"r.md", "---\n\n# T\n", "", ""}, signals());
  EXPECT_TRUE(rule.unfinished);
  EXPECT_THAT(rule.diagnostics, IsEmpty());
}

TEST(RecordTest, ADuplicateKeyInFrontMatterIsTheOnlyMistake) {
  const auto reading = read_record(
      {"r.md",
       "---\nstatus: accepted\ndate: 2026-05-04\nrevisit:\n  service: s\n  service: t\n  team: t\n"
       "  language: go\n---\n",
       "", ""},
      signals());
  ASSERT_THAT(reading.diagnostics, SizeIs(1));
  EXPECT_EQ(reading.diagnostics[0].place.line, 6);
  EXPECT_THAT(reading.decisions, IsEmpty());
}

TEST(RecordTest, ADuplicateKeyHidesNoOtherMistakeAndWithholdsItsText) {
  const std::string block =
      "service: s\nteam: t\nlanguage: go\nteam: u\nwindow: 1d\nreview_every: soon\n";
  const std::string fence = "```yaml revisit\n" + block + "```\n";
  const std::string sound = "```yaml revisit\nservice: b\nteam: t\nlanguage: go\n```\n";
  const std::string head = "# T\n\nStatus: accepted\nDate: 2026-05-04\n\n";
  const auto fenced = read_record({"r.md", head + fence + sound, "", ""}, signals());
  ASSERT_THAT(fenced.diagnostics, SizeIs(3));
  EXPECT_THAT(fenced.diagnostics[0].message, HasSubstr("duplicate key `team`"));
  EXPECT_THAT(fenced.diagnostics[1].message, HasSubstr("`window`"));
  EXPECT_EQ(fenced.diagnostics[2].place.line, 12);
  ASSERT_THAT(fenced.decisions, SizeIs(1));
  EXPECT_EQ(fenced.decisions[0].service, "b");

  const std::string twice = "service: s\nteam: t\nlanguage: go\nteam: u\n";
  const auto side = read_record({"r.md", head, "r.revisit.yaml", twice}, signals());
  EXPECT_THAT(side.diagnostics, SizeIs(1));
  EXPECT_THAT(side.decisions, IsEmpty());
  const auto yaml = read_record(
      {"r.yaml", twice + "date: 2026-05-04\n---\nservice: b\nteam: t\nlanguage: go\n", "", ""},
      signals());
  EXPECT_THAT(yaml.diagnostics, SizeIs(2));  // and the second has no date
  EXPECT_THAT(yaml.decisions, IsEmpty());
}

TEST(RecordTest, AnEmptyFileIsTold) {
  for (const char* name : {"r.md", "r.yaml"}) {
    for (const std::string& text :
         {std::string(), std::string("\xEF\xBB\xBF \n"), std::string(9, '\0')}) {
      const RecordReading reading = read_record({name, text, "", ""}, signals());
      EXPECT_TRUE(reading.unfinished);
      EXPECT_THAT(reading.diagnostics, testing::Not(IsEmpty()));
    }
  }
}

TEST(RecordTest, ASideFileIsNamedInItsOwnErrors) {
  const RecordReading reading =
      read_record({"a/0007-x.md", "# X\n\nStatus: accepted\nDate: 2026-05-04\n",
                   "a/0007-x.revisit.yaml", "service: x\nteam: t\nlanguage: go\nfoo: 1\n"},
                  signals());
  ASSERT_THAT(reading.diagnostics, SizeIs(1));
  EXPECT_THAT(format_location(reading.diagnostics[0]),
              testing::StartsWith("a/0007-x.revisit.yaml:4:1: unknown key `foo`"));
}

TEST(RecordTest, TheDecisionOfASideFileBearsTheRecordsName) {
  const RecordReading reading =
      read_record({"a/0007-x.md", "# X\n\nStatus: accepted\nDate: 2026-05-04\n",
                   "a/0007-x.revisit.yaml", "service: x\nteam: t\nlanguage: go\n"},
                  signals());
  ASSERT_THAT(reading.decisions, SizeIs(1));
  EXPECT_EQ(reading.decisions[0].id, "0007-x");
  EXPECT_EQ(reading.decisions[0].path, "a/0007-x.md");
}

TEST(TriggerTest, ACommaInAFlowMapIsToldAsSuch) {
  const auto problems = [](const std::string& trigger) {
    const RecordReading reading =
        read_block(std::string(kHead) + "triggers:\n  a: {" + trigger + "}");
    std::string text;
    for (const Diagnostic& d : reading.diagnostics) text += format_location(d) + "\n";
    return text;
  };
  EXPECT_EQ(problems("when: avg(latency_p99, 7d) > 90ms, window: 14d"),
            "r.md:11:28: `when`: inside { } a comma ends the value, put the condition in quotes: "
            "\"avg(latency_p99, 7d) > 90ms\"\n");
  EXPECT_EQ(problems("window: 14d, provided: avg(rps, 1d) > min(rps, 7d) and fluent(\"go\") > 1, "
                     "when: rps > 5"),
            "r.md:11:37: `provided`: inside { } a comma ends the value, put the condition in "
            "quotes: 'avg(rps, 1d) > min(rps, 7d) and fluent(\"go\") > 1'\n");
  EXPECT_EQ(problems("when: \"avg(latency_p99, 7d) > 90ms\", window: 14d"), "");
}

TEST(TriggerTest, MeaningIgnoresWordsAndSpelling) {
  const auto trigger = [](const std::string& text) {
    return read_block(std::string(kHead) + "alternatives: [go]\ntriggers: {a: {" + text + "}}")
        .decisions.at(0)
        .triggers.at(0)
        .meaning();
  };
  const std::string one = trigger("when: latency_p99 > 100ms, window: 7d, trip: 50%");
  EXPECT_EQ(one, trigger("when: (latency_p99>100ms), window: 1w, trip: 0.5, why: x, favours: go"));
  EXPECT_NE(one, trigger("when: latency_p99 > 101ms, window: 7d, trip: 50%"));
  EXPECT_NE(one, trigger("when: latency_p99 > 100ms, window: 8d, trip: 50%"));
  EXPECT_NE(one, trigger("when: latency_p99 > 100ms, window: 7d, trip: 51%"));
  EXPECT_NE(one, trigger("when: latency_p99 > 100ms, window: 7d, trip: 50%, hard: true"));
  EXPECT_NE(one, trigger("when: latency_p99 > 100ms, window: 7d, trip: 50%, provided: rps > 1"));
}

TEST(TriggerTest, MeansItsMeaningAndNoOther) {
  std::vector<Trigger> triggers;
  for (const char* text :
       {"when: latency_p99 > 100ms, window: 7d, trip: 50%", "when: latency_p99 > 100ms, window: 8d",
        "when: latency_p99 > 100ms, window: 7d, trip: 50%, hard: true",
        "when: latency_p99 > 100ms, window: 7d, trip: 50%, clear: 10%",
        "when: latency_p99 > 100ms, window: 7d, trip: 50%, coverage: 30%",
        "when: latency_p99 > 100ms, window: 7d, trip: 50%, provided: rps > 1",
        "when: latency_p99 > 100ms, window: 7d, trip: 50%, provided: rps > 2"}) {
    triggers.push_back(
        read_block(std::string(kHead) + "alternatives: [go]\ntriggers: {a: {" + text + "}}")
            .decisions.at(0)
            .triggers.at(0));
  }
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    const std::string meaning = triggers[i].meaning();
    for (std::size_t j = 0; j < triggers.size(); ++j)
      EXPECT_EQ(triggers[j].means(meaning), i == j) << meaning;
    EXPECT_FALSE(triggers[i].means(meaning + "\n"));
    EXPECT_FALSE(triggers[i].means(meaning.substr(0, meaning.size() - 1)));
  }
  EXPECT_FALSE(triggers[0].means(""));
}

TEST(DecisionTest, AReviewDateAsWrittenWins) {
  Decision decision;
  EXPECT_EQ(decision.review_date(), std::nullopt);
  decision.review_every = std::chrono::days(1);
  EXPECT_EQ(decision.review_date(), from_millis(86'400'000));
  decision.review_by = from_millis(5);
  EXPECT_EQ(decision.review_date(), from_millis(5));
}

}  // namespace
}  // namespace revisitd::rules
