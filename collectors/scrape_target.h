#pragma once

#include <boost/container/flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/http_client.h"
#include "collectors/relabel.h"
#include "collectors/request_credentials.h"
#include "rules/time.h"

// What is scraped, as the configuration says it.
namespace revisitd::collectors {

// One entry of `scrape_configs`, with Prometheus' names and our limits, which are finite by
// default.
struct ScrapeJob {
  std::string job_name;
  std::string scheme = "http";
  std::string metrics_path = "/metrics";
  std::vector<std::pair<std::string, std::string>> params;
  Duration scrape_interval = std::chrono::seconds(15);
  Duration scrape_timeout = std::chrono::seconds(10);  // total, from the lookup to the last byte
  std::size_t body_size_limit = 16u << 20;             // on the wire, and again when decoded
  // sample_limit, label_limit, label_name_length_limit, label_value_length_limit and two more.
  ExpositionLimits limits;
  bool honor_timestamps = true;
  bool honor_labels = false;  // for metric_relabel: which of two labels of a name has it
  std::vector<RelabelRule> metric_relabel;
  std::string accept;       // scrape_protocols as an Accept header; "" = the usual ones
  bool accept_gzip = true;  // enable_compression
  // fallback_scrape_protocol: what an answer is read as whose Content-Type is missing or no type of
  // metrics.
  ExpositionFormat fallback_format = ExpositionFormat::prometheus;
  HeaderList headers;
  Credentials credentials;  // basic_auth or authorization
  std::shared_ptr<const TlsOptions> tls;
  std::shared_ptr<const ProxyOptions> proxy;
  bool allow_private = true;
};

// One target after discovery and relabelling.
struct ScrapeTargetSpec {
  std::shared_ptr<const ScrapeJob> job;
  std::string address;  // host:port, an IPv6 host in brackets
  // Where relabelling has set __scheme__ and the like; "" and zero: the job's.
  std::string scheme, metrics_path;
  Duration interval{}, timeout{};
  // Without those that start with "__". `service` says whose samples these are: a target speaks for
  // that one service, and no label on its page can change it. A target without it is scraped for
  // its health alone.
  boost::container::flat_map<std::string, std::string> labels;

  [[nodiscard]] const std::string& service() const;
  [[nodiscard]] std::string url() const;
  [[nodiscard]] Duration scrape_interval() const;
  [[nodiscard]] Duration scrape_timeout() const;  // never longer than the interval
  // Job, URL and labels: what its slots and its history belong to. Stable over restarts.
  [[nodiscard]] std::uint64_t identity() const;

  friend bool operator==(const ScrapeTargetSpec&, const ScrapeTargetSpec&) = default;
};

}  // namespace revisitd::collectors
