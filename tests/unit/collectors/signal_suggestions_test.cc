#include "collectors/signal_suggestions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "collectors/selector.h"
#include "rules/findings.h"
#include "rules/preset.h"
#include "rules/yaml.h"

namespace revisitd::collectors {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string suggested(const std::string& page) {
  return *suggest_signals(page, ExpositionFormat::prometheus);
}

TEST(SignalSuggestionsTest, EachTypeHasItsReduction) {
  EXPECT_EQ(suggested("# HELP a_total How often.\n# TYPE a_total counter\na_total 1\n"),
            "signals:\n  a_rate: {rate: a_total}  # How often.\n");
  EXPECT_EQ(suggested("# TYPE b_bytes gauge\nb_bytes 1\n"),
            "signals:\n  b_bytes: {max: b_bytes, unit: bytes}\n");
  EXPECT_EQ(suggested("# HELP h_seconds How long.\n# TYPE h_seconds histogram\n"
                      "h_seconds_bucket{le=\"1\"} 1\nh_seconds_bucket{le=\"+Inf\"} 1\n"
                      "h_seconds_sum 1\nh_seconds_count 1\n"),
            "signals:\n  h_seconds_p99: {quantile: 0.99, series: h_seconds, unit: seconds}"
            "  # How long.\n");
  EXPECT_EQ(
      suggested("# TYPE s_seconds summary\ns_seconds{quantile=\"0.99\"} 1\ns_seconds_sum 1\n"),
      "signals:\n  s_seconds_p99: {quantile: 0.99, series: s_seconds, unit: seconds}\n");
  EXPECT_EQ(suggested("# TYPE s_seconds summary\ns_seconds_sum 1\ns_seconds_count 1\n"),
            "signals:\n  s_seconds_mean: {mean: s_seconds, unit: seconds}\n");
  EXPECT_EQ(suggested("# TYPE app_build_info gauge\napp_build_info{version=\"1\"} 1\n"),
            "signals:\n  version: {info: app_build_info}\n");
  EXPECT_EQ(suggested("x:y 1\n"), "signals:\n  x_y: {max: 'x:y'}\n");
}

TEST(SignalSuggestionsTest, AHistogramWithoutBucketsSaysWhatNativeOnesNeed) {
  EXPECT_EQ(suggested("# HELP h How long.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\n"),
            "signals:\n  h_p99: {quantile: 0.99, series: h}"
            "  # no buckets here: native ones need --enable-feature=native-histograms\n");
}

TEST(SignalSuggestionsTest, NativeBucketsAreBuckets) {
  std::ifstream file(std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/expositions/go_native.pb");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const auto text = suggest_signals(page, ExpositionFormat::protobuf);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("series: shop_native_seconds, unit: seconds}  # Native.\n"));
  EXPECT_THAT(*text, HasSubstr("presets: [go-client]\n"));
}

TEST(SignalSuggestionsTest, TimestampsAndTheScrapesOwnAreNoSignals) {
  EXPECT_EQ(suggested("up 1\nscrape_x 1\na_created 1\nstart_time_seconds 1\n"),
            "# nothing on this page makes a signal\n");
}

// Names as they are written where UTF-8 is offered, each read back from the YAML.
TEST(SignalSuggestionsTest, NamesInQuotesAreSelectedByThem) {
  EXPECT_EQ(suggested("# TYPE \"http.server.duration\" gauge\n{\"http.server.duration\"} 5\n"),
            "signals:\n  http_server_duration: {max: '{\"http.server.duration\"}'}\n");
  const std::vector<std::string> names = {"a.b", "it's", "q\"uote", "back\\slash", "größe", "x y"};
  for (const std::string& name : names) {
    std::string written;
    for (const char c : name) written += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
    const std::string text =
        suggested("# TYPE \"" + written + "\" counter\n{\"" + written + "\",a=\"b\"} 1\n");
    rules::Findings findings("", text);
    const auto documents = rules::parse_yaml(text, {}, findings);
    ASSERT_FALSE(documents.empty()) << text;
    rules::YamlMap map(rules::YamlValue(documents.front(), "it", findings));
    const auto signals = rules::decode_signals(map.optional("signals"));
    ASSERT_EQ(signals.size(), 1u) << text;
    const auto selector = Selector::parse(signals.begin()->second.series);
    ASSERT_TRUE(selector) << text;
    EXPECT_TRUE(selector->matches(name, {})) << text;
  }
}

TEST(SignalSuggestionsTest, WhatIsLeftOutIsCountedWithItsReason) {
  EXPECT_THAT(suggested("{\"a\\nb\"} 1\nok 1\n"),
              HasSubstr("# left out: 1 of a name that no signal can have (a b)\n"));
  EXPECT_THAT(suggested("a_b 1\na:b 1\n"),
              HasSubstr("# left out: 1 whose signal would have the name of another (a_b)\n"));
  std::string many;
  for (int i = 100; i < 306; ++i) many += "m" + std::to_string(i) + " 1\n";
  EXPECT_THAT(
      suggested(many),
      HasSubstr("# left out: 6 more than the 200 above (m300, m301, m302, m303, m304, …)\n"));
}

TEST(SignalSuggestionsTest, TheVersionIsTheServicesOwn) {
  EXPECT_EQ(suggested("go_info{version=\"go1.24\"} 1\n"),
            "# nothing on this page makes a signal\n");
  const std::string etcd = suggested(
      "etcd_cluster_version{cluster_version=\"3.5\"} 1\ngo_info{version=\"go1.24\"} 1\n"
      "etcd_server_go_version{server_go_version=\"go1.24\"} 1\n"
      "etcd_server_version{server_version=\"3.5.16\"} 1\n");
  EXPECT_THAT(etcd, HasSubstr("  version: {info: etcd_server_version, label: server_version}\n"));
  EXPECT_THAT(etcd, Not(HasSubstr("go_version")));
  EXPECT_THAT(suggested("aa_info{version=\"7\"} 1\nx_build_info{version=\"1\"} 1\n"),
              HasSubstr("  version: {info: x_build_info}\n"));
}

TEST(SignalSuggestionsTest, HelpOfAPageCannotLeaveItsComment) {
  const std::string text = suggested("# HELP a x\\ny: [\x1b \n# TYPE a gauge\na 1\n");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(SignalSuggestionsTest, ABadPageIsTheError) {
  const auto text = suggest_signals("a{ 1\n", ExpositionFormat::prometheus);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().place.line, 1);
}

// Of every page captured from a real program, all that is suggested can be declared.
TEST(SignalSuggestionsTest, WhatIsSuggestedOfRealPagesIsValid) {
  int pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(REVISITD_SOURCE_DIR) +
                                                               "/tests/fixtures/expositions")) {
    const std::string path = entry.path().string();
    std::ifstream file(path);
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    const auto format = path.ends_with(".pb")       ? ExpositionFormat::protobuf
                        : path.ends_with(".om.txt") ? ExpositionFormat::openmetrics
                                                    : ExpositionFormat::prometheus;
    const auto text = suggest_signals(page, format);
    ASSERT_TRUE(text) << path;
    rules::Findings findings(path, *text);
    const auto documents = rules::parse_yaml(*text, {}, findings);
    ASSERT_FALSE(documents.empty()) << *text;
    rules::YamlMap map(rules::YamlValue(documents.front(), "it", findings));
    rules::decode_presets(map.optional("presets"), {.pages = true, .servers = {}});
    const auto signals = rules::decode_signals(map.optional("signals"));
    map.finish();
    EXPECT_TRUE(findings.ok()) << format_diagnostic(findings.list().at(0));
    EXPECT_GT(signals.size() + map.optional("presets").items().size(), 0u) << path;
    ++pages;
  }
  EXPECT_GE(pages, 11);
}

TEST(SignalSuggestionsTest, ClientLibrariesAreRecognised) {
  const auto of = [](const std::string& name) {
    std::ifstream file(std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/expositions/" + name);
    return suggested({std::istreambuf_iterator<char>(file), {}});
  };
  EXPECT_THAT(of("prometheus.prom.txt"), HasSubstr("presets: [go-client]\n"));
  EXPECT_THAT(of("prometheus.prom.txt"), Not(HasSubstr("go_goroutines:")));
  EXPECT_THAT(of("python_app.prom.txt"), HasSubstr("python-client"));
}

}  // namespace
}  // namespace revisitd::collectors
