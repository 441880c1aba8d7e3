#include "collectors/target_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<ScrapeJob> job() {
  auto made = std::make_shared<ScrapeJob>();
  made->job_name = "pods";
  return made;
}

std::vector<TargetGroup> groups(const std::string& text) {
  return decode_target_groups(text, "targets.yml").groups;
}

RelabelRule rule(RelabelSpec spec) { return *RelabelRule::make(std::move(spec)); }

TEST(TargetGroupTest, ReadsYamlAndJson) {
  const auto yaml = decode_target_groups(
      "- targets: ['a:1', b]\n  labels: {service: checkout}\n- targets: [c]\n", "t.yml");
  const auto json = decode_target_groups(
      R"([{"targets":["a:1","b"],"labels":{"service":"checkout"}},{"targets":["c"]}])", "t.json");
  ASSERT_EQ(yaml.groups.size(), 2u);
  ASSERT_EQ(json.groups.size(), 2u);
  EXPECT_EQ(yaml.groups[0].targets, json.groups[0].targets);
  EXPECT_EQ(yaml.groups[0].labels, json.groups[0].labels);
  EXPECT_EQ(yaml.groups[1].source, "t.yml:1");
}

TEST(TargetGroupTest, OneMistakeRefusesTheWholeText) {
  const auto reading = decode_target_groups("- targets: [a]\n- target: [b]\n", "t.yml");
  EXPECT_TRUE(reading.groups.empty());
  ASSERT_FALSE(reading.diagnostics.empty());
  EXPECT_EQ(reading.diagnostics.front().place.line, 2u);
}

TEST(BuildTargetsTest, FillsInWhatTheJobSays) {
  const auto built =
      build_targets(job(), groups("- targets: [host]\n  labels: {service: checkout}\n"), {});
  ASSERT_EQ(built.targets.size(), 1u);
  EXPECT_EQ(built.targets[0].url(), "http://host:80/metrics");
  EXPECT_EQ(built.targets[0].service(), "checkout");
  EXPECT_EQ(built.targets[0].labels.at("instance"), "host:80");
  EXPECT_EQ(built.targets[0].labels.at("job"), "pods");
}

TEST(BuildTargetsTest, RulesMayRedirectAScrape) {
  const std::vector<RelabelRule> rules{
      rule({.target_label = "__scheme__", .replacement = "https"}),
      rule({.source_labels = {"path"}, .target_label = "__metrics_path__"}),
      rule({.target_label = "__param_target", .replacement = "db"}),
      rule({.target_label = "__scrape_interval__", .replacement = "30s"}),
      rule({.source_labels = {"app"}, .target_label = "service"})};
  const auto built =
      build_targets(job(), groups("- targets: ['[::1]']\n  labels: {path: /m, app: api}\n"), rules);
  ASSERT_EQ(built.targets.size(), 1u);
  EXPECT_EQ(built.targets[0].url(), "https://[::1]:443/m?target=db");
  EXPECT_EQ(built.targets[0].scrape_interval(), std::chrono::seconds(30));
  EXPECT_EQ(built.targets[0].service(), "api");
  EXPECT_FALSE(built.targets[0].labels.contains("__scheme__"));
}

TEST(BuildTargetsTest, WhatIsDroppedOrUnusableIsShown) {
  const std::vector<RelabelRule> rules{
      rule({.source_labels = {"drop"}, .regex = "yes", .action = RelabelAction::drop}),
      rule({.source_labels = {"scheme"}, .target_label = "__scheme__", .regex = "(.+)"})};
  const auto built = build_targets(
      job(),
      groups("- targets: [a]\n  labels: {drop: 'yes'}\n- targets: [b]\n  labels: {scheme: ftp}\n"
             "- targets: ['http://c']\n- targets: [d]\n"),
      rules);
  EXPECT_EQ(built.dropped.size(), 1u);
  ASSERT_EQ(built.refused.size(), 2u);
  EXPECT_THAT(built.refused[0].why, HasSubstr("ftp"));
  EXPECT_THAT(built.refused[1].why, HasSubstr("not a valid hostname"));
  ASSERT_EQ(built.targets.size(), 1u);
}

TEST(BuildTargetsTest, TheSameTargetIsScrapedOnce) {
  EXPECT_EQ(
      build_targets(job(), groups("- targets: [a, a]\n- targets: ['a:80']\n"), {}).targets.size(),
      1u);
}

TEST(BuildTargetsTest, ParametersKeepTheirOrderAndMayBeReplaced) {
  auto made = job();
  made->params = {{"match", "a"}, {"match", "b"}, {"x", "1"}};
  EXPECT_EQ(build_targets(made, groups("- targets: [h]\n"), {}).targets[0].url(),
            "http://h:80/metrics?match=a&match=b&x=1");
  const std::vector<RelabelRule> rules{rule({.target_label = "__param_x", .replacement = "2"})};
  EXPECT_EQ(build_targets(made, groups("- targets: [h]\n"), rules).targets[0].url(),
            "http://h:80/metrics?match=a&match=b&x=2");
}

TEST(BuildTargetsTest, ADroppedParameterStaysAsTheJobHasIt) {
  auto made = job();
  made->params = {{"module", "a"}, {"module", "b"}};
  const std::vector<RelabelRule> drop{
      rule({.regex = "__param_module", .action = RelabelAction::labeldrop})};
  EXPECT_EQ(build_targets(made, groups("- targets: [h]\n"), drop).targets[0].url(),
            "http://h:80/metrics?module=a&module=b");
}

TEST(BuildTargetsTest, APathHoldsNoParameters) {
  auto made = job();
  made->params = {{"module", "b"}};
  const auto url = [&](const std::string& path) {
    const std::vector<RelabelRule> rules{
        rule({.target_label = "__metrics_path__", .replacement = path})};
    return build_targets(made, groups("- targets: [h]\n"), rules).targets.at(0).url();
  };
  EXPECT_EQ(url("/probe?x=1"), "http://h:80/probe%3Fx=1?module=b");
  EXPECT_EQ(url("/a b/é#%20;c,d:e@f$$g&h+i~.-_"),
            "http://h:80/a%20b/%C3%A9%23%2520;c,d:e@f$g&h+i~.-_?module=b");
  EXPECT_EQ(url("/!*'()"), "http://h:80/%21%2A%27%28%29?module=b");
}

}  // namespace
}  // namespace revisitd::collectors
