#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collectors/http_client.h"
#include "collectors/promql_source.h"
#include "tests/integration/child_process.h"
#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {

TimePoint wall_clock();

// Debian's Prometheus on a free port, scraping `targets` (host:port) of the service `checkout` and
// itself every second, and our client to ask it.
class PrometheusRig : public ::testing::Test {
 protected:
  ~PrometheusRig() override;

  // `flags` beside those that every test needs.
  void start(const std::vector<std::string>& targets, const std::vector<std::string>& flags = {});

  template <class T>
  T run(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, keep(std::move(work), result), [](const std::exception_ptr&) {});
    while (!result) {
      if (io_.stopped()) io_.restart();
      io_.run_one_for(std::chrono::seconds(1));
    }
    return std::move(*result);
  }
  // Polls until it holds; false after 40 seconds (Prometheus asks nobody in its first five).
  bool wait_for(const std::function<bool()>& condition);
  FetchResponse get(const std::string& path);

  // The samples that Prometheus holds of a metric, as its API gives them.
  nlohmann::json stored(const std::string& metric);
  // The times that every series covers: from its first to its last sample. `points`: "values" or
  // "histograms".
  static std::pair<TimePoint, TimePoint> covered(const nlohmann::json& series,
                                                 const std::string& points = "values");

  TempFolder folder_;
  std::string url_;
  std::optional<testing::ChildProcess> process_;
  boost::asio::io_context io_;
  std::unique_ptr<RepeatingClient> client_ = make_http_client(io_.get_executor(), {});
  std::shared_ptr<PromqlSource> source_;

 private:
  template <class T>
  static boost::asio::awaitable<void> keep(boost::asio::awaitable<T> work,
                                           std::optional<T>& result) {
    result.emplace(co_await std::move(work));
  }
};

rules::SignalSpec reduction_of(rules::Reduction how, const std::string& series,
                               const std::string& per = "");
rules::SignalSpec query_of(const std::string& text);

}  // namespace revisitd::collectors
