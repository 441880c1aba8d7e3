#include "tests/integration/prometheus_rig.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

namespace revisitd::collectors {

using std::chrono::seconds;

TimePoint wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

PrometheusRig::~PrometheusRig() {
  client_->cancel_all();
  io_.restart();
  io_.run_for(seconds(1));
}

void PrometheusRig::start(const std::vector<std::string>& targets,
                          const std::vector<std::string>& flags) {
  const std::string program = testing::find_program("prometheus");
  ASSERT_NE(program, "") << "the Debian package prometheus is not installed";
  url_ = "http://127.0.0.1:" + std::to_string(testing::free_port());
  std::ofstream config(folder_ / "prometheus.yml");
  config << "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
            "scrape_configs:\n"
            "  - job_name: app\n"
            "    static_configs:\n"
            "      - targets: [";
  for (const std::string& target : targets) config << '\'' << target << "',";
  config << "]\n"
            "        labels: {service: checkout}\n"
            "  - job_name: itself\n"
            "    static_configs:\n"
            "      - targets: ['"
         << url_.substr(7) << "']\n";
  config.close();
  std::vector<std::string> command{program, "--config.file=" + (folder_ / "prometheus.yml"),
                                   "--storage.tsdb.path=" + (folder_ / "data"),
                                   "--web.listen-address=" + url_.substr(7)};
  command.insert(command.end(), flags.begin(), flags.end());
  process_.emplace(command, folder_ / "log");
  PromqlServerSpec spec;
  spec.name = "main";
  spec.url = url_;
  source_ = make_promql_source(io_.get_executor(), *client_, spec, wall_clock);
  std::ifstream log(folder_ / "log");
  ASSERT_TRUE(wait_for([this] { return get("/-/ready").status == 200; }))
      << std::string(std::istreambuf_iterator<char>(log), {});
}

bool PrometheusRig::wait_for(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(40);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    io_.restart();
    io_.run_for(std::chrono::milliseconds(100));
  }
  return true;
}

FetchResponse PrometheusRig::get(const std::string& path) {
  FetchRequest request;
  request.url = url_ + path;
  auto response = run(client_->fetch(std::move(request)));
  return response ? *response : FetchResponse{};
}

nlohmann::json PrometheusRig::stored(const std::string& metric) {
  return nlohmann::json::parse(
      get("/api/v1/query?query=" + metric + "%5B1h%5D").body)["data"]["result"];
}

std::pair<TimePoint, TimePoint> PrometheusRig::covered(const nlohmann::json& series,
                                                       const std::string& points) {
  double first = 0, last = std::numeric_limits<double>::max();
  for (const nlohmann::json& one : series) {
    first = std::max(first, one[points].front()[0].get<double>());
    last = std::min(last, one[points].back()[0].get<double>());
  }
  return {from_millis(std::llround(first * 1000)), from_millis(std::llround(last * 1000))};
}

rules::SignalSpec reduction_of(rules::Reduction how, const std::string& series,
                               const std::string& per) {
  rules::SignalSpec spec;
  spec.name = "s";
  spec.reduction = how;
  spec.quantile = how == rules::Reduction::quantile ? 0.7 : 0;
  spec.series = series;
  spec.per = per;
  return spec;
}

rules::SignalSpec query_of(const std::string& text) {
  rules::SignalSpec spec;
  spec.name = "s";
  spec.reduction = rules::Reduction::query;
  spec.from = "main";
  spec.query = text;
  return spec;
}

}  // namespace revisitd::collectors
