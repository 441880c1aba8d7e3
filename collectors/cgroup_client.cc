#include "collectors/cgroup_client.h"

#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
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

bool names_group(const FetchRequest& request) { return request.url.starts_with(kScheme); }

// Reading a group takes no time worth waiting for.
class GroupRequest final : public RepeatedRequest {
 public:
  explicit GroupRequest(FetchRequest request) : request_(std::move(request)) {}

  void send(FetchListener& listener) override {
    std::optional<Result<FetchResponse, FetchError>> outcome;
    try {
      outcome = read_group(request_);
    } catch (...) {
      return listener.broke(std::current_exception());
    }
    listener.fetched(*std::move(outcome));
  }
  void cancel() override {}

 private:
  FetchRequest request_;
};

class CgroupClient final : public RepeatingClient {
 public:
  explicit CgroupClient(RepeatingClient& behind) : behind_(behind) {}

  awaitable<Result<FetchResponse, FetchError>> fetch(FetchRequest request) override {
    return names_group(request) ? fetch_group(std::move(request))
                                : behind_.fetch(std::move(request));
  }
  Result<std::unique_ptr<RepeatedRequest>, FetchError> repeat(FetchRequest request) override {
    if (!names_group(request)) return behind_.repeat(std::move(request));
    return std::unique_ptr<RepeatedRequest>(std::make_unique<GroupRequest>(std::move(request)));
  }
  void cancel_all() override { behind_.cancel_all(); }

 private:
  static awaitable<Result<FetchResponse, FetchError>> fetch_group(FetchRequest request) {
    co_return read_group(request);
  }

  RepeatingClient& behind_;
};

}  // namespace

std::unique_ptr<RepeatingClient> make_cgroup_client(RepeatingClient& behind) {
  return std::make_unique<CgroupClient>(behind);
}

}  // namespace revisitd::collectors
