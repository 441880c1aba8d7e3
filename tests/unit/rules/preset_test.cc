#include "rules/preset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "rules/findings.h"
#include "rules/yaml.h"

namespace revisitd::rules {
namespace {

using testing::HasSubstr;

struct Decoded {
  SignalTable signals;
  std::vector<std::pair<std::string, std::vector<std::string>>> uses;
  std::vector<Diagnostic> problems;
};

Decoded decode(const std::string& text, const std::vector<std::string_view>& servers,
               bool pages = true) {
  Findings findings("revisitd.yml", text);
  const auto documents = parse_yaml(text, {}, findings);
  Decoded decoded;
  PresetSignals read = decode_presets(YamlValue(documents.front(), "presets", findings),
                                      {.pages = pages, .servers = servers});
  decoded.signals = std::move(read.table);
  decoded.uses = std::move(read.uses);
  decoded.problems = findings.list();
  return decoded;
}

TEST(PresetTest, EveryPresetIsAValidSignalsMap) {
  for (const Preset& preset : presets()) {
    const std::string text(preset.signals);
    Findings findings(std::string(preset.name), text);
    const auto documents = parse_yaml(text, {}, findings);
    ASSERT_FALSE(documents.empty()) << preset.name;
    EXPECT_FALSE(preset_signals(preset, "main").empty()) << preset.name;
    EXPECT_EQ(preset_signals(preset, "main").size(),
              YamlValue(documents.front(), "signals", findings).entries().size())
        << preset.name;
    for (const auto& [name, spec] : preset_signals(preset, "main")) {
      const bool asks = preset.source == PresetSource::server;
      EXPECT_EQ(spec.reduction == Reduction::query, asks) << preset.name;
      if (asks) EXPECT_EQ(spec.from, "main");
    }
  }
}

TEST(PresetTest, PresetsStandInTheOrderOfTheirNames) {
  EXPECT_TRUE(std::is_sorted(presets().begin(), presets().end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(PresetTest, TheFirstOfTwoPresetsCounts) {
  const Decoded decoded = decode("[gin, go-http]\n", {});
  EXPECT_TRUE(decoded.problems.empty());
  EXPECT_EQ(decoded.signals.at("rps").series, "gin_requests_total");
  ASSERT_EQ(decoded.uses.size(), 2u);
  EXPECT_EQ(decoded.uses[0].first, "gin");
  EXPECT_THAT(decoded.uses[0].second, testing::ElementsAre("error_ratio", "latency_p99", "rps"));
  EXPECT_TRUE(decoded.uses[1].second.empty());
}

TEST(PresetTest, ASingleServerNeedNotBeNamed) {
  EXPECT_EQ(decode("[cadvisor]\n", {"main"}).signals.at("memory").from, "main");
  EXPECT_EQ(decode("[{name: cadvisor, from: b}]\n", {"a", "b"}).signals.at("memory").from, "b");
}

TEST(PresetTest, SaysWhatIsWrong) {
  EXPECT_THAT(decode("[go-clint]\n", {}).problems.at(0).message, HasSubstr("`go-client`"));
  EXPECT_THAT(decode("[cadvisor]\n", {}).problems.at(0).message, HasSubstr("there is none under"));
  EXPECT_THAT(decode("[cadvisor]\n", {"a", "b"}).problems.at(0).message, HasSubstr("from: SERVER"));
  EXPECT_THAT(decode("[{name: cadvisor, from: c}]\n", {"a", "b"}).problems.at(0).message,
              HasSubstr("`a`"));
}

TEST(PresetTest, APresetWhoseSourceIsMissingIsAnError) {
  EXPECT_THAT(decode("[go-client]\n", {}, false).problems.at(0).message,
              HasSubstr("there are no `scrape_configs`"));
  EXPECT_THAT(decode("[cgroup]\n", {}).problems.at(0).message,
              HasSubstr("there are no `cgroup_configs`"));
  EXPECT_THAT(decode("[{name: cadvisor, from: a}]\n", {}).problems.at(0).message,
              HasSubstr("no server is configured"));
}

// rules/PRESETS.md says what each signal of a preset means.
TEST(PresetTest, EverySignalIsDefinedInTheTable) {
  std::ifstream file(std::string(REVISITD_SOURCE_DIR) + "/rules/PRESETS.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const Preset& preset : presets()) {
    EXPECT_THAT(text, HasSubstr("`" + std::string(preset.name) + "`"));
    for (const auto& [name, spec] : preset_signals(preset, "main")) {
      EXPECT_THAT(text, HasSubstr("`" + name + "`")) << preset.name;
    }
  }
}

}  // namespace
}  // namespace revisitd::rules
