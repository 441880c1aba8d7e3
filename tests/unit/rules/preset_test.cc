#include "rules/preset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/findings.h"
#include "rules/yaml.h"

namespace revisitd::rules {
namespace {

using testing::HasSubstr;

struct Decoded {
  SignalTable signals;
  std::vector<Diagnostic> problems;
};

Decoded decode(const std::string& text, const std::vector<std::string_view>& servers) {
  Findings findings("revisitd.yml", text);
  const auto documents = parse_yaml(text, {}, findings);
  Decoded decoded;
  decoded.signals = decode_presets(YamlValue(documents.front(), "presets", findings), servers);
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
      EXPECT_EQ(spec.reduction == Reduction::query, preset.asks_server) << preset.name;
      if (preset.asks_server) EXPECT_EQ(spec.from, "main");
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
}

TEST(PresetTest, ASingleServerNeedNotBeNamed) {
  EXPECT_EQ(decode("[cadvisor]\n", {"main"}).signals.at("memory").from, "main");
  EXPECT_EQ(decode("[{name: cadvisor, from: b}]\n", {"a", "b"}).signals.at("memory").from, "b");
}

TEST(PresetTest, SaysWhatIsWrong) {
  EXPECT_THAT(decode("[go-clint]\n", {}).problems.at(0).message, HasSubstr("`go-client`"));
  EXPECT_THAT(decode("[cadvisor]\n", {}).problems.at(0).message, HasSubstr("from: SERVER"));
  EXPECT_THAT(decode("[{name: cadvisor, from: c}]\n", {"a", "b"}).problems.at(0).message,
              HasSubstr("`a`"));
}

}  // namespace
}  // namespace revisitd::rules
