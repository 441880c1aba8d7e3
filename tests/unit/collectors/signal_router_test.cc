#include "collectors/signal_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/exposition_parser.h"
#include "collectors/page_stage.h"
#include "collectors/reduction.h"
#include "collectors/scrape_target.h"

namespace revisitd::collectors {
namespace {

using rules::Reduction;

rules::SignalSpec signal(Reduction reduction, std::string series, std::string per = "") {
  rules::SignalSpec spec;
  spec.name = "s";
  spec.reduction = reduction;
  spec.quantile = reduction == Reduction::quantile ? 0.99 : 0;
  spec.series = std::move(series);
  spec.per = std::move(per);
  return spec;
}

std::shared_ptr<SignalRouter> router_for(const std::vector<rules::SignalSpec>& specs) {
  std::vector<std::shared_ptr<const SignalMatcher>> matchers;
  for (const auto& spec : specs) matchers.push_back(*SignalMatcher::compile(spec));
  return std::make_shared<SignalRouter>(std::move(matchers));
}

PageStage stage_for(const std::vector<rules::SignalSpec>& specs, bool honor_timestamps = true) {
  return PageStage(router_for(specs), honor_timestamps);
}

void read(PageStage& stage, std::string_view page) {
  stage.begin();
  ExpositionParser parser(ExpositionFormat::prometheus, stage, {}, ExpositionScan::wanted_lines,
                          &stage.memory());
  ASSERT_TRUE(parser.feed(page));
  ASSERT_TRUE(parser.finish());
}

// "role:value" of what the first signal of the stage took.
std::vector<std::string> taken(const PageStage& stage) {
  static constexpr const char* kRoles[] = {"value", "per",   "bucket", "quantile",
                                           "sum",   "count", "native"};
  std::vector<std::string> out;
  for (const StagedSample& sample : stage.signals()[0]) {
    out.push_back(std::string(kRoles[static_cast<int>(sample.role)]) + ':' +
                  std::to_string(static_cast<int>(sample.value)));
  }
  return out;
}

// What the one signal takes of the page of a target with these labels.
std::vector<std::string> taken_of(const std::string& series, std::string_view page,
                                  bool honor_labels = false) {
  const auto job = std::make_shared<ScrapeJob>();
  job->honor_labels = honor_labels;
  ScrapeTargetSpec target{.job = job, .labels = {{"job", "app"}, {"env", "prod"}}};
  PageStage stage = stage_for({signal(Reduction::sum, series)});
  stage.set_target(std::make_shared<const ScrapeTargetSpec>(std::move(target)));
  read(stage, page);
  return taken(stage);
}

constexpr std::string_view kPage =
    "a{code=\"200\"} 1\n"
    "a{code=\"500\"} 2\n"
    "h_bucket{le=\"0.1\"} 3\n"
    "h_bucket{le=\"+Inf\"} 4\n"
    "h_sum 5\n"
    "h_count 6\n"
    "s{quantile=\"0.5\"} 7\n"
    "s{quantile=\"0.99\"} 8\n"
    "s_sum 9\n"
    "s_count 10\n";

using ::testing::ElementsAre;

TEST(SignalRouterTest, NativeHistogramsAreForQuantilesAlone) {
  NativeHistogram histogram;
  histogram.count = 3;
  histogram.positive = {{1, 3}};
  const std::vector<LabelView> labels{{"code", "200"}};
  SampleView sample;
  sample.name = "h";
  sample.labels = labels;
  sample.value = 3;
  sample.timestamp_ms = 5000;
  for (const char* series : {"h", "h_bucket", "h{code=\"200\"}", "{__name__=~\"h|g\"}"}) {
    PageStage stage = stage_for({signal(Reduction::quantile, series)});
    stage.begin();
    EXPECT_TRUE(stage.wants("h")) << series;
    stage.native_histogram(sample, histogram);
    ASSERT_THAT(taken(stage), ElementsAre("native:3")) << series;
    const StagedSample& staged = stage.signals()[0][0];
    EXPECT_EQ(*staged.native, histogram);
    EXPECT_EQ(staged.time, from_millis(5000));
    EXPECT_EQ(stage.kept(), 1u);
  }
  for (const auto& spec :
       {signal(Reduction::mean, "h"), signal(Reduction::max, "h"), signal(Reduction::rate, "h"),
        signal(Reduction::quantile, "h{code=\"500\"}"), signal(Reduction::quantile, "g")}) {
    PageStage stage = stage_for({spec});
    stage.begin();
    stage.native_histogram(sample, histogram);
    EXPECT_THAT(taken(stage), ElementsAre()) << spec.series;
    EXPECT_EQ(stage.kept(), 0u);
  }
}

TEST(SignalRouterTest, ARoomThatIsGivenBackHoldsNoHistograms) {
  SampleView sample;
  sample.name = "h";
  PageStage stage = stage_for({signal(Reduction::quantile, "h")});
  stage.begin();
  stage.native_histogram(sample, {});
  const std::weak_ptr<const NativeHistogram> staged = stage.signals()[0].at(0).native;
  EXPECT_FALSE(staged.expired());
  const std::unique_ptr<PageStage::Room> room = stage.end();
  EXPECT_TRUE(staged.expired());
}

TEST(SignalRouterTest, SelectorsSeeTheLabelsOfTheTarget) {
  const std::string_view page = "a{code=\"200\"} 1\n";
  EXPECT_THAT(taken_of("a{job=\"app\"}", page), ElementsAre("value:1"));
  EXPECT_THAT(taken_of("a{env=\"prod\",code=\"200\"}", page), ElementsAre("value:1"));
  EXPECT_THAT(taken_of("a{job=\"other\"}", page), ElementsAre());
  EXPECT_THAT(taken_of("a{env!=\"prod\"}", page), ElementsAre());
  EXPECT_THAT(taken_of("{job=~\"a.*\"}", page), ElementsAre("value:1"));
}

TEST(SignalRouterTest, ALabelThatPageAndTargetHaveIsOneOfThemAsHonorLabelsSays) {
  const std::string_view page = "a{job=\"inner\"} 1\na{job=\"\"} 2\n";
  EXPECT_THAT(taken_of("a{job=\"app\"}", page), ElementsAre("value:1", "value:2"));
  EXPECT_THAT(taken_of("a{exported_job=\"inner\"}", page), ElementsAre("value:1"));
  EXPECT_THAT(taken_of("a{job=\"inner\"}", page), ElementsAre());
  EXPECT_THAT(taken_of("a{job=\"inner\"}", page, true), ElementsAre("value:1"));
  EXPECT_THAT(taken_of("a{job=\"app\"}", page, true), ElementsAre("value:2"));
  EXPECT_THAT(taken_of("a{exported_job=\"inner\"}", page, true), ElementsAre());
}

TEST(SignalRouterTest, TakesWhatTheSelectorMatches) {
  PageStage stage = stage_for({signal(Reduction::rate, "a{code!~\"5..\"}")});
  read(stage, kPage);
  EXPECT_THAT(taken(stage), ElementsAre("value:1"));
  EXPECT_EQ(stage.kept(), 1u);
}

TEST(SignalRouterTest, OneSampleMayStandOnBothSidesOfPer) {
  PageStage stage = stage_for({signal(Reduction::rate, "a{code=~\"5..\"}", "a")});
  read(stage, kPage);
  EXPECT_THAT(taken(stage), ElementsAre("per:1", "value:2", "per:2"));
}

TEST(SignalRouterTest, QuantileTakesBucketsAndCount) {
  for (const char* name : {"h", "h_bucket"}) {
    PageStage stage = stage_for({signal(Reduction::quantile, name)});
    read(stage, kPage);
    EXPECT_THAT(taken(stage), ElementsAre("bucket:3", "bucket:4", "count:6")) << name;
  }
}

TEST(SignalRouterTest, QuantileTakesTheSameQuantileOfASummary) {
  PageStage stage = stage_for({signal(Reduction::quantile, "s")});
  read(stage, kPage);
  EXPECT_THAT(taken(stage), ElementsAre("quantile:8", "count:10"));
  EXPECT_EQ(stage.signals()[0][0].histogram, stage.signals()[0][1].histogram);
}

TEST(SignalRouterTest, BucketsOfOneHistogramBelongTogether) {
  PageStage stage = stage_for({signal(Reduction::quantile, "h")});
  read(stage,
       "h_bucket{le=\"1\",i=\"a\"} 1\nh_bucket{i=\"a\",le=\"+Inf\"} 2\nh_bucket{i=\"b\",le=\"1\"} "
       "3\n");
  const auto& samples = stage.signals()[0];
  EXPECT_EQ(samples[0].histogram, samples[1].histogram);
  EXPECT_NE(samples[0].histogram, samples[2].histogram);
  EXPECT_NE(samples[0].series, samples[1].series);
  EXPECT_EQ(samples[0].bound, 1);
}

TEST(SignalRouterTest, MeanTakesSumAndCountButNoQuantiles) {
  PageStage stage = stage_for({signal(Reduction::mean, "s")});
  read(stage, kPage);
  EXPECT_THAT(taken(stage), ElementsAre("sum:9", "count:10"));
}

TEST(SignalRouterTest, BucketsWithoutANumberAreLeftOut) {
  PageStage stage = stage_for({signal(Reduction::quantile, "h")});
  read(stage, "h_bucket{le=\"many\"} 1\nh_bucket 2\nh_bucket{le=\"2\"} 3\n");
  EXPECT_THAT(taken(stage), ElementsAre("bucket:3"));
}

TEST(SignalRouterTest, OpenSelectorsMatchByName) {
  PageStage stage = stage_for({signal(Reduction::sum, "{__name__=~\"[ah]_?.*\",code=\"200\"}")});
  read(stage, kPage);
  EXPECT_THAT(taken(stage), ElementsAre("value:1"));
}

// Most names are refused before anything is looked up; none that is wanted may be.
TEST(SignalRouterTest, WantsWhatItsSignalsHaveARoleFor) {
  const std::vector<rules::SignalSpec> specs = {
      signal(Reduction::sum, "a"),
      signal(Reduction::sum, "requests_total{code=\"500\"}", "requests_total"),
      signal(Reduction::quantile, "latency_seconds"),
      signal(Reduction::quantile, "queue_seconds_bucket"),
      signal(Reduction::mean, "size_bytes"),
      signal(Reduction::sum, "{__name__=\"b:c\"}", "d"),
      signal(Reduction::sum, "{__name__=~\"x.*\"}")};
  const std::vector<std::string> stems = {"a",
                                          "requests_total",
                                          "latency_seconds",
                                          "size_bytes",
                                          "queue_seconds",
                                          "b:c",
                                          "d",
                                          "x",
                                          "xyz",
                                          "",
                                          "go_goroutines",
                                          "ratency_seconds"};
  for (const rules::SignalSpec& spec : specs) {
    const auto matcher = *SignalMatcher::compile(spec);
    SignalRouter router({matcher});
    for (const std::string& stem : stems) {
      for (const char* suffix : {"", "_bucket", "_sum", "_count", "_total"}) {
        const std::string name = stem + suffix;
        EXPECT_EQ(router.wants(name), !matcher->roles(name).empty()) << spec.series << ' ' << name;
      }
    }
  }
}

TEST(SignalRouterTest, LabelOrderDoesNotMatter) {
  PageStage stage = stage_for({signal(Reduction::sum, "a")});
  read(stage, "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1\na{x=\"2\",y=\"1\"} 1\n");
  const auto& samples = stage.signals()[0];
  EXPECT_EQ(samples[0].series, samples[1].series);
  EXPECT_NE(samples[0].series, samples[2].series);
}

TEST(SignalRouterTest, NoLabelCanSpeakForAnotherService) {
  // What a target says about `service` is a label like any other: it only tells series apart.
  PageStage stage = stage_for({signal(Reduction::sum, "a")});
  read(stage, "a{service=\"checkout\"} 1\n");
  EXPECT_THAT(taken(stage), ElementsAre("value:1"));
}

TEST(SignalRouterTest, BadSelectorsSayWhere) {
  const auto matcher = SignalMatcher::compile(signal(Reduction::rate, "a{code=~\"(\"}"));
  ASSERT_FALSE(matcher);
  EXPECT_THAT(matcher.error().message, ::testing::HasSubstr("column "));
  EXPECT_FALSE(SignalMatcher::compile(signal(Reduction::rate, "a", "b{")));
}

TEST(PageStageTest, KnownLayoutsReadTheSame) {
  PageStage stage = stage_for({signal(Reduction::rate, "a{code=~\"5..\"}", "a")});
  read(stage, kPage);
  const auto first = stage.signals()[0];
  read(stage, kPage);
  ASSERT_EQ(stage.signals()[0].size(), first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(stage.signals()[0][i].series, first[i].series);
    EXPECT_EQ(stage.signals()[0][i].value, first[i].value);
    EXPECT_EQ(stage.signals()[0][i].role, first[i].role);
  }
  EXPECT_GT(stage.memory().size(), 0u);
}

// A target that has read the page twice, when its layout counts as settled.
PageStage settled(const std::shared_ptr<SignalRouter>& router, std::string_view page) {
  PageStage stage(router);
  for (int i = 0; i < 2; ++i) {
    read(stage, page);
    stage.end();
  }
  return stage;
}

TEST(PageStageTest, TargetsWithTheSameLayoutShareWhatIsKnownOfIt) {
  const auto router = router_for({signal(Reduction::quantile, "h"), signal(Reduction::mean, "h")});
  PageStage learnt(router);
  read(learnt, "h_count 1\n");
  PageMarks marks;
  marks.add(0, learnt.signals()[0][0], false);
  marks.add(1, learnt.signals()[1][0], true);
  const auto alone = router->pages().marks.one_of(std::make_shared<const PageMarks>(marks));
  EXPECT_EQ(alone.use_count(), 1);
  const PageStage first = settled(router, "h_count 1\n"), second = settled(router, "h_count 2\n");
  EXPECT_EQ(alone.use_count(), 3);
}

TEST(PageStageTest, WhereOneLayoutChangesTheOtherTargetsKeepTheirs) {
  const auto router = router_for({signal(Reduction::sum, "a"), signal(Reduction::max, "b")});
  PageStage one = settled(router, "a{x=\"1\"} 1\nb 2\n");
  PageStage other = settled(router, "a{x=\"1\"} 3\nb 4\n");
  for (int i = 0; i < 3; ++i) {
    read(one, "a{x=\"0\"} 10\na{x=\"1\"} 11\nb 12\n");
    EXPECT_THAT(taken(one), ElementsAre("value:10", "value:11"));
    one.end();
    read(other, "a{x=\"1\"} 5\nb 6\n");
    EXPECT_THAT(taken(other), ElementsAre("value:5"));
    EXPECT_EQ(other.signals()[1][0].value, 6);
    other.end();
  }
}

TEST(PageStageTest, AnInfosLabelIsKnownOnALayoutThatIsShared) {
  rules::SignalSpec spec = signal(Reduction::info, "build_info");
  spec.label = "version";
  const auto router = router_for({spec});
  PageStage one = settled(router, "build_info{version=\"1\"} 1\n");
  PageStage other = settled(router, "build_info{version=\"2\"} 1\n");
  read(one, "build_info{version=\"1\"} 1\n");
  EXPECT_EQ(*one.signals()[0][0].label, "1");
  read(other, "build_info{version=\"2\"} 1\n");
  EXPECT_EQ(*other.signals()[0][0].label, "2");
}

TEST(PageStageTest, TimestampsAreKeptOrIgnored) {
  for (const bool honor : {true, false}) {
    PageStage stage = stage_for({signal(Reduction::last, "a")}, honor);
    read(stage, "a 1 60000\n");
    read(stage, "a 1 60000\n");
    EXPECT_EQ(stage.signals()[0][0].time.has_value(), honor);
  }
}

// As in Prometheus, when a counter was created is a series of its own: a restart shows in the
// value.
TEST(PageStageTest, CreatedTimestampsChangeNoRate) {
  struct Restart {
    int total, created;
  };
  const auto rate_of = [](bool with_created) {
    const rules::SignalSpec spec = signal(Reduction::rate, "x_total");
    PageStage stage = stage_for({spec});
    SignalReducer reducer(spec, {std::chrono::minutes(1)});
    ReductionCounters counters;
    int at = 0;
    for (const Restart& now : {Restart{100, 5}, {130, 5}, {4, 25}, {10, 25}, {12, 45}}) {
      const std::string page =
          "# TYPE x counter\nx_total{a=\"1\"} " + std::to_string(now.total) + "\n" +
          (with_created ? "x_created{a=\"1\"} " + std::to_string(now.created) + "\n" : "") +
          "# EOF\n";
      stage.begin();
      ExpositionParser parser(ExpositionFormat::openmetrics, stage, {},
                              ExpositionScan::wanted_lines, &stage.memory());
      EXPECT_TRUE(parser.feed(page) && parser.finish()) << page;
      EXPECT_EQ(stage.signals()[0].size(), 1u);
      reducer.apply(1, from_millis(at += 10'000), stage.signals()[0], counters);
    }
    return reducer.close(std::chrono::minutes(1), 0).value->value;
  };
  EXPECT_GT(rate_of(true), 0) << "and not negative";
  EXPECT_EQ(rate_of(true), rate_of(false));
}

TEST(SignalRouterTest, InfoTakesTheLabelAndPassesOverSeriesWithoutIt) {
  rules::SignalSpec spec = signal(Reduction::info, "build_info");
  spec.label = "version";
  PageStage stage = stage_for({spec});
  read(stage,
       "build_info{version=\"1.4.2\",path=\"x\"} 1\n"
       "build_info{path=\"y\"} 1\n"
       "build_info{version=\"\"} 1\n");
  ASSERT_EQ(stage.signals()[0].size(), 1u);
  EXPECT_EQ(*stage.signals()[0][0].label, "1.4.2");
}

}  // namespace
}  // namespace revisitd::collectors
