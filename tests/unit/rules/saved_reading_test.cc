#include "rules/saved_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "rules/condition_table.h"
#include "rules/yaml.h"

namespace revisitd::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

SignalTable signals() {
  SignalTable table;
  for (const auto& [name, unit] :
       {std::pair{"latency_p99", Unit::seconds}, std::pair{"rps", Unit::number},
        std::pair{"memory", Unit::bytes}, std::pair{"errors", Unit::ratio}}) {
    table[name] = {.name = name, .series = std::string("of_") + name, .unit = unit};
  }
  return table;
}

// Every member has a value of its own, and two neighbours never the same.
constexpr const char* kFull = R"(---
title: "Use \"Go\" für\u0001 it"
status: accepted
date: 2026-05-04
revisit:
  service: checkout
  team: payments
  language: go
  alternatives: [python, rust]
  workload: network-service
  envelope: {latency_p99: 100ms, memory: 256MiB, errors: 1%}
  review_by: 2027-01-01
  tenure: 3w
  runtime: "1.22"
  inputs: {rps: 1234.56789, latency_p99: 90ms}
  signals:
    errors: {rate: failures_total, per: all_total}
    cold: {quantile: 0.95, series: 'cold_start_seconds{a="b"}', unit: seconds}
    servers: {query: 'sum(up{job="x"})', from: prom, allow_partial: true}
    version: {info: build_info, label: go}
  triggers:
    slow:
      when: p: x
    other:
      when: memory > 1GiB
      window: 2d
---
)";

std::string full_text() {
  std::string text = kFull;
  const std::size_t at = text.find("    slow:\n      when: p: x\n");
  text.replace(at, std::string("    slow:\n      when: p: x\n").size(), R"(    slow:
      when: avg(latency_p99, 1d) > 1.5 * baseline(latency_p99) or cold > 2s
      provided: rps >= 10
      window: 14d
      trip: 95%
      clear: 30%
      coverage: 66%
      hard: true
      favours: rust
      why: "a line\nand another"
)");
  return text;
}

RecordReading reading_of(const std::string& text, const std::string& path = "adr/0007-use-go.md") {
  return read_record({path, text, "", ""}, signals());
}

std::optional<RecordReading> restored(const std::string& saved,
                                      const std::string& path = "adr/0007-use-go.md") {
  ConditionTable conditions;
  return restore_reading(saved, path, signals(), conditions);
}

// A member more or less does not compile here: it must be saved, and compared below.
void expect_same(const Trigger& trigger, const Trigger& other) {
  const auto& [name, when, provided, window, trip, clear, coverage, hard, favours, why, place] =
      trigger;
  EXPECT_EQ(name, other.name);
  EXPECT_EQ(when.text(), other.when.text());
  EXPECT_EQ(when.meaning(), other.when.meaning());
  EXPECT_EQ(provided ? provided->text() : "-", other.provided ? other.provided->text() : "-");
  EXPECT_EQ(window, other.window);
  for (const auto& [a, b] : {std::pair{trip, other.trip}, std::pair{clear, other.clear},
                             std::pair{coverage, other.coverage}}) {
    EXPECT_EQ(a.num, b.num);
    EXPECT_EQ(a.den, b.den);
  }
  EXPECT_EQ(hard, other.hard);
  EXPECT_EQ(favours, other.favours);
  EXPECT_EQ(why, other.why);
  EXPECT_EQ(place, other.place);
  EXPECT_EQ(trigger.meaning(), other.meaning());
}

void expect_same(const Decision& decision, const Decision& other) {
  const auto& [service, team, language, alternatives, workload, envelope, review_every, review_by,
               tenure, triggers, own, runtime, inputs, id, path, place, team_place, title, date,
               superseded_by] = decision;
  EXPECT_EQ(service, other.service);
  EXPECT_EQ(team, other.team);
  EXPECT_EQ(language, other.language);
  EXPECT_EQ(alternatives, other.alternatives);
  EXPECT_EQ(workload, other.workload);
  EXPECT_EQ(envelope, other.envelope);
  EXPECT_EQ(review_every, other.review_every);
  EXPECT_EQ(review_by, other.review_by);
  EXPECT_EQ(tenure, other.tenure);
  EXPECT_EQ(*own, *other.signals);
  EXPECT_EQ(runtime, other.runtime);
  EXPECT_EQ(inputs, other.inputs);
  EXPECT_EQ(id, other.id);
  EXPECT_EQ(path, other.path);
  EXPECT_EQ(place, other.place);
  EXPECT_EQ(team_place, other.team_place);
  EXPECT_EQ(title, other.title);
  EXPECT_EQ(date, other.date);
  EXPECT_EQ(superseded_by, other.superseded_by);
  ASSERT_EQ(triggers.size(), other.triggers.size());
  for (std::size_t i = 0; i < triggers.size(); ++i) expect_same(triggers[i], other.triggers[i]);
}

void expect_same(const RecordReading& reading, const RecordReading& other) {
  const auto& [decisions, diagnostics, status, title, superseded_by, has_block, unfinished] =
      reading;
  ASSERT_EQ(decisions.size(), other.decisions.size());
  for (std::size_t i = 0; i < decisions.size(); ++i) expect_same(decisions[i], other.decisions[i]);
  EXPECT_EQ(diagnostics, other.diagnostics);
  EXPECT_EQ(status, other.status);
  EXPECT_EQ(title, other.title);
  EXPECT_EQ(superseded_by, other.superseded_by);
  EXPECT_EQ(has_block, other.has_block);
  EXPECT_EQ(unfinished, other.unfinished);
}

void expect_comes_back(const RecordReading& reading, const std::string& path) {
  const auto again = restored(save_reading(reading, signals()), path);
  ASSERT_TRUE(again);
  expect_same(reading, *again);
}

TEST(SavedReadingTest, EveryMemberComesBack) {
  const RecordReading reading = reading_of(full_text());
  ASSERT_TRUE(reading.ok()) << format_diagnostic(reading.diagnostics.front());
  ASSERT_THAT(reading.decisions, SizeIs(1));
  const Decision& decision = reading.decisions.front();
  ASSERT_THAT(decision.triggers, SizeIs(2));
  ASSERT_TRUE(decision.triggers[0].provided && decision.triggers[0].hard && decision.review_by);
  ASSERT_THAT(decision.signals, SizeIs(7));
  expect_comes_back(reading, "adr/0007-use-go.md");
}

TEST(SavedReadingTest, WhatIsNotGivenStaysSo) {
  const RecordReading reading = reading_of(
      "---\nstatus: accepted\ndate: 2026-05-04\nrevisit: {service: a, language: go, "
      "review_every: 26w}\n---\n# Use Go\n");
  ASSERT_THAT(reading.decisions, SizeIs(1));
  EXPECT_FALSE(reading.decisions.front().review_by);
  ASSERT_THAT(reading.diagnostics, SizeIs(1)) << "nobody is told by team";
  expect_comes_back(reading, "adr/0007-use-go.md");
}

TEST(SavedReadingTest, RecordsThatDecideNothingComeBack) {
  for (const char* text :
       {"# Notes\n", "", "---\nstatus: superseded by [x](y.md)\n---\n# Old\n",
        "---\nstatus: rejected\nrevisit: {service: a}\n---\n", "---\nrevisit: x\n"}) {
    expect_comes_back(reading_of(text), "adr/0007-use-go.md");
  }
}

TEST(SavedReadingTest, BlocksOfOneFileStaySeveral) {
  const std::string path = "decisions.yaml";
  const RecordReading reading = reading_of(
      "- {service: a, team: t, language: go, date: 2026-05-04}\n"
      "- {service: b, team: t, language: python, date: 2026-05-05, title: B}\n",
      path);
  ASSERT_THAT(reading.decisions, SizeIs(2));
  expect_comes_back(reading, path);
}

// As people and fuzzers wrote them.
TEST(SavedReadingTest, EveryRecordAtHandComesBack) {
  const auto tests = std::filesystem::path(REVISITD_SOURCE_DIR) / "tests";
  std::size_t decided = 0;
  for (const char* folder : {"fixtures/records", "fuzz/corpus/record"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(tests / folder)) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      std::ostringstream text;
      text << in.rdbuf();
      if (unclean(text.str())) continue;  // none is kept of those
      for (const std::string path : {"r.md", "r.yaml"}) {
        SCOPED_TRACE(file.path().string() + " as " + path);
        const RecordReading reading = reading_of(text.str(), path);
        expect_comes_back(reading, path);
        decided += reading.decisions.size();
      }
    }
  }
  EXPECT_GT(decided, 20u);
}

// Conditions are those of the table, and signals the table that was given.
TEST(SavedReadingTest, WhatReadingsHaveAlikeIsHeldOnce) {
  const RecordReading reading = reading_of(
      "---\nstatus: accepted\ndate: 2026-05-04\nrevisit: {service: a, team: t, language: "
      "go, triggers: {t: {when: rps > 1, window: 1d}}}\n---\n");
  const std::string saved = save_reading(reading, signals());
  ConditionTable conditions;
  const SharedSignals shared = signals();
  const auto first = restore_reading(saved, "a.md", shared, conditions);
  const auto second = restore_reading(saved, "b.md", shared, conditions);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(&*first->decisions.at(0).signals, &*shared);
  EXPECT_EQ(&first->decisions[0].triggers.at(0).when.text(),
            &second->decisions.at(0).triggers.at(0).when.text());
  EXPECT_EQ(second->decisions[0].path, "b.md");
}

TEST(SavedReadingTest, TextThatIsNoneOfOursIsRefused) {
  const std::string saved = save_reading(reading_of(full_text()), signals());
  for (std::size_t size = 0; size < saved.size(); ++size)
    EXPECT_FALSE(restored(saved.substr(0, size))) << size;
  EXPECT_FALSE(restored("[]"));
  EXPECT_FALSE(restored("[1,\"\",\"\",1,0,[],[]"));
  EXPECT_TRUE(restored("[1,\"\",\"\",1,0,[],[]]"));
  EXPECT_FALSE(restored("[6,\"\",\"\",1,0,[],[]]")) << "no such status";
  EXPECT_FALSE(restored("[-1,\"\",\"\",1,0,[],[]]"));
  EXPECT_FALSE(restored("[1,\"\",\"\",1,0,[],[],0]")) << "one too many";
  EXPECT_FALSE(restored("[1,\"\",\"\",1,0,[],[\"f\",1,1,\"m\",\"s\",2]]")) << "no such severity";
  EXPECT_TRUE(restored("[1,\"\",\"\",1,0,[],[\"f\",1,1,\"m\",\"s\",1]]"));
  std::string other = saved;
  other.replace(other.find("memory > 1GiB"), 6, "nemory");
  EXPECT_FALSE(restored(other)) << "a signal that nobody knows";
  other = saved;
  ASSERT_NE(other.find(",19,20,"), other.npos);
  other.replace(other.find(",19,20,"), 7, ",19,0,");
  EXPECT_FALSE(restored(other)) << "no share";
}

TEST(SavedReadingTest, TablesOfSignalsThatDifferAreWrittenOtherwise) {
  const SignalTable table = signals();
  EXPECT_EQ(save_signals(table), save_signals(signals()));
  SignalTable other = table;
  other["rps"].allow_partial = true;
  EXPECT_NE(save_signals(other), save_signals(table));
  other = table;
  other.erase("rps");
  EXPECT_NE(save_signals(other), save_signals(table));
}

}  // namespace
}  // namespace revisitd::rules
