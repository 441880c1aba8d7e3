#include "rules/catalogue.h"

#include <gtest/gtest.h>

#include "rules/findings.h"
#include "rules/yaml.h"

namespace revisitd::rules {
namespace {

struct Decoded {
  Catalogue catalogue;
  std::vector<Diagnostic> problems;
};

Decoded decode(const std::string& text) {
  Findings findings("revisitd.yml", text);
  const auto documents = parse_yaml(text, {}, findings);
  Decoded decoded;
  if (!documents.empty()) {
    decoded.catalogue = decode_catalogue(YamlValue(documents.front(), "assessment", findings));
  }
  decoded.problems = findings.list();
  return decoded;
}

TEST(CatalogueTest, KnowsPythonAndGoAndEveryWorkload) {
  const Catalogue catalogue = built_in_catalogue();
  for (const char* language : {"python", "go"}) {
    ASSERT_NE(catalogue.find(language), nullptr);
    for (const std::string_view workload : workloads()) {
      EXPECT_TRUE(catalogue.find(language)->suits.contains(workload)) << workload;
    }
  }
}

TEST(CatalogueTest, TheConfigurationAddsLanguagesAndOverridesNumbers) {
  const Decoded decoded = decode(
      "close: 10%\n"
      "weights: {fluency: 0.5}\n"
      "languages:\n"
      "  go: {suits: {ml: 0.3}}\n"
      "  rust: {suits: {daemon: 0.95}, footprint: {memory: 0.2}}\n"
      "  java: {suits: {daemon: 0.5}}\n");
  EXPECT_TRUE(decoded.problems.empty());
  EXPECT_DOUBLE_EQ(decoded.catalogue.close, 0.1);
  EXPECT_DOUBLE_EQ(decoded.catalogue.weights.fluency, 0.5);
  EXPECT_DOUBLE_EQ(decoded.catalogue.weights.workload, 0.25);
  EXPECT_DOUBLE_EQ(decoded.catalogue.find("go")->suits.find("ml")->second, 0.3);
  EXPECT_DOUBLE_EQ(decoded.catalogue.find("go")->suits.find("cli")->second, 0.95);
  EXPECT_DOUBLE_EQ(decoded.catalogue.find("rust")->footprint->memory, 0.2);
  EXPECT_DOUBLE_EQ(decoded.catalogue.find("rust")->footprint->latency, 1);
  EXPECT_FALSE(decoded.catalogue.find("java")->footprint);
}

TEST(CatalogueTest, SaysWhereANumberIsWrong) {
  const Decoded decoded = decode(
      "weights: {fluency: -1}\n"
      "languages:\n"
      "  go: {suits: {cly: 0.3}}\n"
      "  Rust: {}\n");
  ASSERT_EQ(decoded.problems.size(), 3u);
  EXPECT_EQ(decoded.problems[0].place.line, 1u);
  EXPECT_EQ(decoded.problems[1].place.line, 3u);
  EXPECT_EQ(decoded.problems[2].place.line, 4u);
  EXPECT_NE(decoded.problems[1].message.find("did you mean `cli`"), std::string::npos);
}

TEST(CatalogueTest, RefusesWeightsThatAreAllZero) {
  const Decoded decoded = decode(
      "weights: {workload: 0, envelope: 0, footprint: 0, fluency: 0, consolidation: 0, hiring: "
      "0}\n");
  ASSERT_EQ(decoded.problems.size(), 1u);
}

}  // namespace
}  // namespace revisitd::rules
