#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "collectors/exposition_format.h"
#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"

// Debian's Prometheus scrapes the captured pages, and bad ones; what it stored of them must be what
// `revisitd scrape --json` prints. Explicit timestamps are left aside: the pages are old.
namespace revisitd::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kOpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

// Blanks before a name occur on real pages and are skipped; Prometheus 2.42 refuses them.
constexpr const char* kTakenByUsAlone = "blanks-front";

struct Page {
  std::string text, type;
  [[nodiscard]] bool openmetrics() const { return type == kOpenMetrics; }
};

// Small pages for single rules (FORMATS.md names most of them), beside the captured ones.
std::map<std::string, Page> small_pages() {
  return {
      {"no-newline", {"a 1\nb 2", kText}},
      {"blanks-front", {"  \ta 1\n\tb 2\n", kText}},
      {"blanks-value", {"a  1\nb\t2\nc \t 3\n", kText}},
      {"blanks-end", {"c 3 \n", kText}},
      {"blanks-labels", {"a{ x = \"1\" , y=\"2\" } 2\n", kText}},
      {"last-comma", {"a{x=\"1\",} 2\n", kText}},
      {"blank-brace", {"a {x=\"1\"} 2\n", kText}},
      {"comma-blank", {"a{x=\"1\", } 2\n", kText}},
      {"brace-tab", {"a{x=\"1\"}\t2\n", kText}},
      {"type-after", {"a 1\n# TYPE a counter\n# TYPE a gauge\n# HELP a x\n# HELP a y\n", kText}},
      {"escapes", {"a{x=\"q\\\"b\\\\n\\nl\\d\"} 1\n", kText}},
      {"bad-le", {"h_bucket{le=\"x\"} -1\nh_count -3\n", kText}},
      {"numbers", {"a NaN\nb +Inf\nc -Inf\nd 0x1p-2\ne 1e-400\nf -0\n", kText}},
      {"empty-label", {"a{x=\"\",y=\"1\"} 1\n", kText}},
      {"two-blanks-type", {"# TYPE a  counter\na 1\n", kText}},
      {"no-name", {"{a=\"b\"} 0\n", kText}},
      {"no-value", {"a\n", kText}},
      {"word-value", {"a one\n", kText}},
      {"dash-name", {"a-b 1\n", kText}},
      {"open-label", {"a{x=\"1 1\n", kText}},
      {"om-good", {"# TYPE a counter\na_total 1\na_created 1.5\n# EOF\n", kOpenMetrics}},
      {"om-no-eof", {"# TYPE a counter\na_total 1\n", kOpenMetrics}},
      {"om-after-eof", {"a 1\n# EOF\nb 1\n", kOpenMetrics}},
      {"om-exemplar",
       {"# TYPE h histogram\nh_bucket{le=\"1.0\"} 1 # {trace_id=\"x\"} 0.5\n"
        "h_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum 3\n# EOF\n",
        kOpenMetrics}},
      {"om-blank-line", {"a 1\n\n# EOF\n", kOpenMetrics}}};
}

std::map<std::string, Page> all_pages() {
  std::map<std::string, Page> pages = small_pages();
  for (const auto& entry :
       fs::directory_iterator(std::string(REVISITD_SOURCE_DIR) + "/tests/fixtures/expositions")) {
    const std::string name = entry.path().filename().string();
    std::ifstream file(entry.path(), std::ios::binary);
    pages[name] = {{std::istreambuf_iterator<char>(file), {}},
                   name.ends_with(".pb")       ? collectors::kProtobufType
                   : name.ends_with(".om.txt") ? kOpenMetrics
                                               : kText};
  }
  return pages;
}

// A series as both sides would write it: `le` and `quantile` as numbers, empty labels left out.
std::string series_of(const std::string& name, const std::map<std::string, std::string>& labels) {
  std::string text = name;
  for (const auto& [label, value] : labels) {
    if (value.empty() || label == "__name__" || label == "job" || label == "instance") continue;
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    const bool bound = (label == "le" || label == "quantile") && *end == '\0';
    text += "|" + label + "=" + (bound ? std::to_string(number) : value);
  }
  return text;
}

// Values by series; NaN as a word, so that it equals itself. Of duplicates the first one counts.
using Samples = std::map<std::string, std::string>;

std::string value_of(const std::string& text) {
  const double value = std::strtod(text.c_str(), nullptr);
  if (std::isnan(value)) return "NaN";
  std::ostringstream out;
  out.precision(17);
  out << (value == 0 ? 0.0 : value);
  return out.str();
}

// The buckets are compared in native_histogram_test.cc.
std::string histogram_of(const json& histogram) {
  const auto number = [&](const char* key) {
    const json& value = histogram[key];
    return value_of(value.is_string() ? value.get<std::string>() : value.dump());
  };
  return number("count") + " of " + std::to_string(histogram["buckets"].size()) + " buckets, sum " +
         number("sum");
}

// Prometheus sends what is long in chunks.
std::string whole_body(const Answer& answer) {
  const std::string head = answer.text.substr(0, answer.text.find("\r\n\r\n"));
  if (head.find("chunked") == std::string::npos) return answer.body;
  std::string body;
  for (std::size_t at = 0; at < answer.body.size();) {
    const std::size_t size = std::stoul(answer.body.substr(at), nullptr, 16);
    if (size == 0) break;
    const std::size_t begin = answer.body.find("\r\n", at) + 2;
    body += answer.body.substr(begin, size);
    at = begin + size + 2;
  }
  return body;
}

class ConformanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string program = find_program("prometheus");
    ASSERT_NE(program, "") << "the Debian package prometheus is not installed";
    std::string config = "global: {scrape_interval: 2s, scrape_timeout: 2s}\nscrape_configs:\n";
    for (const auto& [name, page] : pages_) {
      peer_.page("/" + name, page.text, page.type);
      config += "  - {job_name: '" + name + "', honor_labels: true, honor_timestamps: false, " +
                "metrics_path: '/" + name + "', static_configs: [{targets: ['" + peer_.address() +
                "']}]}\n";
    }
    folder_.write("prometheus.yml", config);
    port_ = free_port();
    prometheus_.emplace(
        std::vector<std::string>{program, "--config.file=" + (folder_ / "prometheus.yml"),
                                 "--storage.tsdb.path=" + (folder_ / "tsdb"),
                                 "--enable-feature=native-histograms",
                                 "--web.listen-address=127.0.0.1:" + std::to_string(port_)},
        folder_ / "log");
    ASSERT_TRUE(eventually([&] { return ask(port_, "GET", "/-/ready").status == 200; }));
  }

  json api(const std::string& path) const {
    return json::parse(whole_body(ask(port_, "GET", "/api/v1/" + path)))["data"];
  }

  // "up", "down", or "" before the first scrape.
  std::map<std::string, std::string> health() const {
    std::map<std::string, std::string> all;
    const json data = api("targets");
    for (const json& target : data["activeTargets"]) {
      const std::string health = target["health"], error = target["lastError"];
      // A machine that is slow is no opinion on a page.
      const bool late = error.find("deadline") != std::string::npos;
      if (health != "unknown" && !late) all[target["labels"]["job"]] = health;
    }
    return all;
  }

  Samples stored(const std::string& job) const {
    const std::string query = "%7Bjob%3D%22" + job + "%22%7D";
    const json data = api("query?query=" + query);
    Samples all;
    for (const json& one : data["result"]) {
      const std::map<std::string, std::string> labels = one["metric"];
      const std::string name = labels.at("__name__");
      if (name == "up" || name.starts_with("scrape_")) continue;
      all[series_of(name, labels)] =
          one.contains("histogram") ? histogram_of(one["histogram"][1]) : value_of(one["value"][1]);
    }
    return all;
  }

  std::map<std::string, Page> pages_ = all_pages();
  Peer peer_;
  collectors::TempFolder folder_;
  std::optional<ChildProcess> prometheus_;
  std::uint16_t port_ = 0;
};

Samples printed(const std::string& url, int& code) {
  const Outcome outcome = revisitd({"scrape", "--json", url});
  code = outcome.code;
  Samples all;
  std::istringstream lines(outcome.out);
  std::string native;  // Prometheus leaves out what such a histogram is as a classic one
  for (std::string line; std::getline(lines, line);) {
    const json sample = json::parse(line);
    const std::string name = sample["name"];
    if (name == "up" || name.starts_with("scrape_")) continue;
    if (sample.contains("histogram")) {
      native = name;
      all.emplace(series_of(name, sample["labels"]), histogram_of(sample["histogram"]));
      continue;
    }
    if (name == native + "_bucket" || name == native + "_sum" || name == native + "_count")
      continue;
    const json& value = sample["value"];
    all.emplace(series_of(name, sample.value("labels", std::map<std::string, std::string>())),
                value_of(value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return all;
}

TEST_F(ConformanceTest, EveryPageIsTakenOrRefusedAsPrometheusDoesAndMeansTheSame) {
  ASSERT_TRUE(
      eventually([&] { return health().size() == pages_.size(); }, std::chrono::seconds(40)));
  const auto health_now = health();
  for (const auto& [name, page] : pages_) {
    SCOPED_TRACE(name);
    int code = 0;
    const Samples ours = printed(peer_.url("/" + name), code);
    if (name == kTakenByUsAlone) {
      EXPECT_EQ(code, 0);
    } else {
      EXPECT_EQ(code == 0 ? "up" : "down", health_now.at(name));
    }
    if (health_now.at(name) != "up") continue;
    Samples theirs;
    EXPECT_TRUE(eventually([&] { return (theirs = stored(name)).size() >= ours.size(); }));
    EXPECT_EQ(ours.size(), theirs.size());
    for (const auto& [series, value] : theirs) {
      const auto found = ours.find(series);
      EXPECT_TRUE(found != ours.end()) << series;
      if (found != ours.end()) EXPECT_EQ(found->second, value) << series;
    }
  }
}

}  // namespace
}  // namespace revisitd::testing
