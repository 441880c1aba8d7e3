#include "collectors/sample_relabel.h"

#include <gtest/gtest.h>

#include "collectors/exposition_parser.h"
#include "collectors/page_stage.h"

namespace revisitd::collectors {
namespace {

RelabelRule rule(RelabelSpec spec) { return *RelabelRule::make(std::move(spec)); }

// "name{label=value,…}" of a sample of `up` after the rules, "" when it is dropped.
std::string relabelled(std::vector<RelabelRule> rules, std::vector<LabelView> labels,
                       bool honor_labels = false) {
  SampleRelabel relabel(std::move(rules), {{"job", "app"}, {"service", "checkout"}}, honor_labels);
  SampleView sample;
  sample.name = "up";
  sample.labels = labels;
  sample.value = 3;
  const SampleView* seen = relabel.apply(sample);
  if (seen == nullptr) return "";
  EXPECT_EQ(seen->value, 3);
  std::string text(seen->name);
  text += '{';
  for (const LabelView& label : seen->labels)
    text += std::string(label.name) + "=" + std::string(label.value) + ",";
  return text + '}';
}

TEST(SampleRelabelTest, NamesAreALabelLikeOthers) {
  const RelabelRule rename =
      rule({.source_labels = {"__name__"}, .target_label = "__name__", .replacement = "${1}_x"});
  EXPECT_EQ(relabelled({rename}, {{"a", "1"}}), "up_x{a=1,}");
  EXPECT_EQ(
      relabelled(
          {rule({.source_labels = {"__name__"}, .regex = "up", .action = RelabelAction::drop})},
          {}),
      "");
}

TEST(SampleRelabelTest, RulesSeeTheTargetsLabelsWhichTheSampleThenLacks) {
  const RelabelRule copy = rule({.source_labels = {"job"}, .target_label = "seen"});
  EXPECT_EQ(relabelled({copy}, {{"a", "1"}}), "up{a=1,seen=app,}");
}

TEST(SampleRelabelTest, SelectorsSeeAllLabelsThatTheRulesLeave) {
  SampleRelabel relabel({rule({.regex = "service", .action = RelabelAction::labeldrop})},
                        {{"job", "app"}, {"service", "checkout"}}, false);
  const std::vector<LabelView> labels = {{"a", "1"}, {"job", "batch"}};
  SampleView sample;
  sample.name = "up";
  sample.labels = labels;
  ASSERT_NE(relabel.apply(sample), nullptr);
  const LabelSpan seen = relabel.seen();
  EXPECT_EQ(std::vector<LabelView>(seen.begin(), seen.end()),
            (std::vector<LabelView>{{"a", "1"}, {"exported_job", "batch"}, {"job", "app"}}));
}

TEST(SampleRelabelTest, APageLabelOfATargetLabelsNameIsExported) {
  const RelabelRule copy = rule({.source_labels = {"exported_job"}, .target_label = "seen"});
  EXPECT_EQ(relabelled({copy}, {{"job", "batch"}}), "up{job=batch,seen=batch,}");
  EXPECT_EQ(relabelled({copy}, {{"job", "batch"}}, true), "up{job=batch,}");
}

TEST(SampleRelabelTest, ATargetLabelThatARuleHasChangedStays) {
  const RelabelRule set = rule({.target_label = "job", .replacement = "other"});
  EXPECT_EQ(relabelled({set}, {}), "up{job=other,}");
}

TEST(SampleRelabelTest, ASampleWithoutANameIsDropped) {
  EXPECT_EQ(relabelled({rule({.regex = "__name__", .action = RelabelAction::labeldrop})}, {}), "");
}

// The page of a target whose rules rename `old` to `new` and drop what has d="1", read twice.
TEST(SampleRelabelTest, APageThatIsKnownIsRelabelledFromMemory) {
  rules::SignalSpec spec;
  spec.series = "new";
  PageStage stage(std::make_shared<SignalRouter>(std::vector{*SignalMatcher::compile(spec)}));
  stage.set_relabel(std::make_unique<SampleRelabel>(
      std::vector{rule({.source_labels = {"__name__"},
                        .target_label = "__name__",
                        .regex = "old",
                        .replacement = "new"}),
                  rule({.source_labels = {"d"}, .regex = "1", .action = RelabelAction::drop})},
      LabelSet{}, false));
  for (const double value : {1.0, 2.0}) {
    stage.begin();
    ExpositionParser parser(ExpositionFormat::prometheus, stage, {}, ExpositionScan::wanted_lines,
                            &stage.memory());
    const std::string page = "other 7\nold{d=\"1\"} 8\nold " + std::to_string(value) + "\n";
    ASSERT_TRUE(parser.feed(page));
    ASSERT_TRUE(parser.finish());
    ASSERT_EQ(stage.signals()[0].size(), 1u);
    EXPECT_EQ(stage.signals()[0][0].value, value);
  }
}

// As in Prometheus sample_limit counts what the rules leave, on the first page and on known ones.
TEST(SampleRelabelTest, WhatTheRulesDropCountsForNoLimit) {
  rules::SignalSpec spec;
  spec.series = "new";
  PageStage stage(std::make_shared<SignalRouter>(std::vector{*SignalMatcher::compile(spec)}));
  stage.set_relabel(std::make_unique<SampleRelabel>(
      std::vector{rule({.source_labels = {"d"}, .regex = "1", .action = RelabelAction::drop})},
      LabelSet{}, false));
  ExpositionLimits limits;
  limits.samples = 2;
  const auto read = [&](std::string_view page) {
    stage.begin();
    ExpositionParser parser(ExpositionFormat::prometheus, stage, limits,
                            ExpositionScan::wanted_lines, &stage.memory());
    const PageStatus fed = parser.feed(page);
    const PageStatus finished = parser.finish();
    EXPECT_EQ(parser.samples_seen(), 5u);
    return fed && finished;
  };
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(read("a{d=\"1\"} 1\nnew 2\nb{d=\"1\"} 3\nother 4\nc{d=\"1\", e=\"2\"} 5\n"));
    EXPECT_EQ(stage.kept(), 1u);
  }
  for (int round = 0; round < 3; ++round)
    EXPECT_FALSE(read("a{d=\"1\"} 1\nnew 2\nb{d=\"1\"} 3\nother 4\nc{d=\"2\"} 5\n"));
}

}  // namespace
}  // namespace revisitd::collectors
