#include "collectors/relabel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::collectors {
namespace {

using testing::HasSubstr;

// "a=1 b=2" and back, so that a case reads as what goes in and what comes out.
LabelSet labels(const std::string& text) {
  LabelSet set;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::size_t equals = text.find('=', at);
    set[text.substr(at, equals - at)] = text.substr(equals + 1, end - equals - 1);
    at = end + 1;
  }
  return set;
}

std::string words(const std::optional<LabelSet>& set) {
  if (!set) return "dropped";
  std::string text;
  for (const auto& [name, value] : *set) text += (text.empty() ? "" : " ") + name + "=" + value;
  return text;
}

std::string run(const std::string& text, RelabelSpec spec) {
  auto rule = RelabelRule::make(std::move(spec));
  if (!rule) return "error: " + rule.error().message;
  return words(relabel(labels(text), {*rule}));
}

TEST(RelabelTest, ReplaceJoinsItsSourcesAndWritesTheTarget) {
  EXPECT_EQ(run("a=x b=y", {.source_labels = {"a", "b"}, .target_label = "c"}), "a=x b=y c=x;y");
  EXPECT_EQ(run("a=x b=y", {.source_labels = {"a", "b"}, .separator = "-", .target_label = "c"}),
            "a=x b=y c=x-y");
}

TEST(RelabelTest, ReplaceTakesGroupsApart) {
  RelabelSpec spec{.source_labels = {"__address__"},
                   .target_label = "port",
                   .regex = "([^:]+):(?P<port>\\d+)",
                   .replacement = "${port}/$1/$$/$9"};
  EXPECT_EQ(run("__address__=host:80", spec), "__address__=host:80 port=80/host/$/");
}

TEST(RelabelTest, AReferenceWithoutBracesTakesTheLongestName) {
  EXPECT_EQ(run("a=x", {.source_labels = {"a"}, .target_label = "b", .replacement = "$1y"}), "a=x");
  EXPECT_EQ(run("a=x", {.source_labels = {"a"}, .target_label = "b", .replacement = "${1}y"}),
            "a=x b=xy");
}

TEST(RelabelTest, TheWholeValueMustMatch) {
  EXPECT_EQ(run("a=foobar", {.source_labels = {"a"}, .target_label = "b", .regex = "foo"}),
            "a=foobar");
  EXPECT_EQ(run("a=x|y",
                {.source_labels = {"a"}, .target_label = "b", .regex = "x|y", .replacement = "z"}),
            "a=x|y");
}

TEST(RelabelTest, AnEmptyResultRemovesTheLabel) {
  EXPECT_EQ(run("a=x b=y", {.source_labels = {"a"}, .target_label = "b", .replacement = ""}),
            "a=x");
}

TEST(RelabelTest, TheTargetMayComeFromTheMatch) {
  EXPECT_EQ(run("a=team", {.source_labels = {"a"}, .target_label = "${1}", .replacement = "v"}),
            "a=team team=v");
  EXPECT_EQ(run("a=no-name", {.source_labels = {"a"}, .target_label = "${1}", .replacement = "v"}),
            "a=no-name");
}

TEST(RelabelTest, KeepAndDropLookAtTheWholeValue) {
  RelabelSpec spec{.source_labels = {"a"}, .regex = "x.*", .action = RelabelAction::keep};
  EXPECT_EQ(run("a=xy", spec), "a=xy");
  EXPECT_EQ(run("a=yx", spec), "dropped");
  spec.action = RelabelAction::drop;
  EXPECT_EQ(run("a=xy", spec), "dropped");
  EXPECT_EQ(run("b=1", spec), "b=1");
}

TEST(RelabelTest, KeepequalAndDropequalCompareWithTheTarget) {
  RelabelSpec spec{.source_labels = {"a"}, .target_label = "b", .action = RelabelAction::keepequal};
  EXPECT_EQ(run("a=1 b=1", spec), "a=1 b=1");
  EXPECT_EQ(run("a=1 b=2", spec), "dropped");
  spec.action = RelabelAction::dropequal;
  EXPECT_EQ(run("a=1 b=1", spec), "dropped");
}

// The value of Prometheus' own test: the last eight bytes of the MD5, modulo 1000.
TEST(RelabelTest, HashmodSpreadsAsPrometheusDoes) {
  EXPECT_EQ(run("a=foo b=bar c=baz", {.source_labels = {"c"},
                                      .target_label = "d",
                                      .modulus = 1000,
                                      .action = RelabelAction::hashmod}),
            "a=foo b=bar c=baz d=976");
}

TEST(RelabelTest, LabelmapCopiesUnderTheNewName) {
  EXPECT_EQ(run("__meta_kubernetes_pod_label_app=web x=1",
                {.regex = "__meta_kubernetes_pod_label_(.+)", .action = RelabelAction::labelmap}),
            "__meta_kubernetes_pod_label_app=web app=web x=1");
}

TEST(RelabelTest, LabeldropAndLabelkeepLookAtNames) {
  EXPECT_EQ(run("aa=1 ab=2 b=3", {.regex = "a.", .action = RelabelAction::labeldrop}), "b=3");
  EXPECT_EQ(run("aa=1 ab=2 b=3", {.regex = "a.", .action = RelabelAction::labelkeep}), "aa=1 ab=2");
}

TEST(RelabelTest, ChangesCase) {
  EXPECT_EQ(run("a=Xy",
                {.source_labels = {"a"}, .target_label = "b", .action = RelabelAction::lowercase}),
            "a=Xy b=xy");
  EXPECT_EQ(run("a=Xy",
                {.source_labels = {"a"}, .target_label = "b", .action = RelabelAction::uppercase}),
            "a=Xy b=XY");
}

TEST(RelabelTest, SaysWhatARuleLacks) {
  EXPECT_THAT(run("", {.target_label = "b", .regex = "("}), HasSubstr("`regex`"));
  EXPECT_THAT(run("", {}), HasSubstr("`target_label` is required for replace"));
  EXPECT_THAT(run("", {.target_label = "b", .action = RelabelAction::hashmod}),
              HasSubstr("`modulus`"));
  EXPECT_THAT(run("", {.target_label = "b", .action = RelabelAction::labeldrop}),
              HasSubstr("nothing else"));
  EXPECT_THAT(run("", {.source_labels = {"a-b"}, .target_label = "b"}), HasSubstr("a-b"));
}

TEST(RelabelTest, ActionsAreKnownInAnyCase) {
  EXPECT_EQ(parse_relabel_action("LabelMap"), RelabelAction::labelmap);
  EXPECT_EQ(parse_relabel_action("hold"), std::nullopt);
}

}  // namespace
}  // namespace revisitd::collectors
