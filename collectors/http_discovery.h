#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "collectors/http_client.h"
#include "collectors/request_credentials.h"
#include "collectors/target_group.h"

// `http_sd_configs`: target groups that an HTTP endpoint lists.
namespace revisitd::collectors {

struct HttpDiscoverySpec {
  std::string url;
  Duration refresh_interval = std::chrono::seconds(60);
  HeaderList headers;
  Credentials credentials;
  std::shared_ptr<const TlsOptions> tls;
  std::shared_ptr<const ProxyOptions> proxy;
  bool allow_private = true;
};

class HttpDiscovery {
 public:
  // The client must outlive the discovery and its calls.
  HttpDiscovery(HttpClient& client, HttpDiscoverySpec spec);

  // Asks once. True when the groups are others than before; the endpoint must answer 200 with a
  // JSON list and say so in its Content-Type. The last good groups stay when it does not.
  boost::asio::awaitable<Result<bool>> refresh();

  [[nodiscard]] const std::vector<TargetGroup>& groups() const { return groups_; }
  [[nodiscard]] const HttpDiscoverySpec& spec() const { return spec_; }

 private:
  [[nodiscard]] Result<FetchRequest> request() const;
  Result<bool> take(const FetchResponse& response);

  HttpClient& client_;
  HttpDiscoverySpec spec_;
  std::vector<TargetGroup> groups_;
};

}  // namespace revisitd::collectors
