#include "collectors/cgroup_client.h"

#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "collectors/cgroup_page.h"

namespace revisitd::collectors {
namespace {

using boost::asio::awaitable;

constexpr std::string_view kScheme = "cgroup://";

Result<FetchResponse, FetchError> read_group(const FetchRequest& request) {
  std::string directory = request.url.substr(kScheme.size());
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  auto page = cgroup_page(directory);
  if (!page) return FetchError{FetchFailure::connect, page.error().message};
  FetchResponse response;
  response.status = 200;
  response.content_type = "text/plain; version=0.0.4";
  response.wire_bytes = page->size();
  if (request.on_head) request.on_head(response.status, response.content_type);
  if (!request.sink) {
    response.body = *std::move(page);
  } else if (!request.sink(*page)) {
    return FetchError{FetchFailure::cancelled, "stopped"};
  }
  return response;
}

class CgroupClient final : public HttpClient {
 public:
  explicit CgroupClient(HttpClient& behind) : behind_(behind) {}

  awaitable<Result<FetchResponse, FetchError>> fetch(FetchRequest request) override {
    return request.url.starts_with(kScheme) ? fetch_group(std::move(request))
                                            : behind_.fetch(std::move(request));
  }
  void cancel_all() override { behind_.cancel_all(); }

 private:
  static awaitable<Result<FetchResponse, FetchError>> fetch_group(FetchRequest request) {
    co_return read_group(request);
  }

  HttpClient& behind_;
};

}  // namespace

std::unique_ptr<HttpClient> make_cgroup_client(HttpClient& behind) {
  return std::make_unique<CgroupClient>(behind);
}

}  // namespace revisitd::collectors
