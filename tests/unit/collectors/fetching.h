#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collectors/http_client.h"

namespace revisitd::testing {

using FetchResult = Result<collectors::FetchResponse, collectors::FetchError>;

// The real client with an event loop of its own, for tests that want answers one after the other.
class Fetching {
 public:
  explicit Fetching(collectors::HttpClientOptions options = {});
  ~Fetching();
  Fetching(const Fetching&) = delete;
  Fetching& operator=(const Fetching&) = delete;

  FetchResult fetch(collectors::FetchRequest request);
  FetchResult get(const std::string& url);
  // All at once; in the order of the requests.
  std::vector<FetchResult> fetch_all(std::vector<collectors::FetchRequest> requests);
  // Starts the fetch, stops the client as soon as the loop has nothing else to do, and says how the
  // fetch ended.
  FetchResult fetch_and_cancel(collectors::FetchRequest request);

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// A request with a time limit fit for a test that expects the limit to strike.
collectors::FetchRequest brief(const std::string& url,
                               Duration timeout = std::chrono::milliseconds(150));

// "timeout", "tls", …, or "status 200".
std::string outcome(const FetchResult& result);

}  // namespace revisitd::testing
