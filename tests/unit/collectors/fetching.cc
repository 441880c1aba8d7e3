#include "tests/unit/collectors/fetching.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace revisitd::testing {
namespace asio = boost::asio;
using collectors::FetchRequest;

struct Fetching::Inner {
  explicit Inner(collectors::HttpClientOptions options)
      : client(collectors::make_http_client(context.get_executor(), std::move(options))) {}
  asio::io_context context{1};
  std::unique_ptr<collectors::HttpClient> client;
};

namespace {
asio::awaitable<void> keep(collectors::HttpClient& client, FetchRequest request,
                           std::optional<FetchResult>& place) {
  place = co_await client.fetch(std::move(request));
}
}  // namespace

Fetching::Fetching(collectors::HttpClientOptions options)
    : inner_(std::make_unique<Inner>(std::move(options))) {}
Fetching::~Fetching() = default;

std::vector<FetchResult> Fetching::fetch_all(std::vector<FetchRequest> requests) {
  std::vector<std::optional<FetchResult>> places(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    asio::co_spawn(inner_->context, keep(*inner_->client, std::move(requests[i]), places[i]),
                   asio::detached);
  }
  inner_->context.restart();
  inner_->context.run();
  std::vector<FetchResult> out;
  for (auto& place : places) out.push_back(std::move(place).value());
  return out;
}

FetchResult Fetching::fetch(FetchRequest request) {
  return fetch_all({std::move(request)}).front();
}

FetchResult Fetching::get(const std::string& url) {
  FetchRequest request;
  request.url = url;
  return fetch(std::move(request));
}

FetchResult Fetching::fetch_and_cancel(FetchRequest request) {
  std::optional<FetchResult> place;
  asio::co_spawn(inner_->context, keep(*inner_->client, std::move(request), place), asio::detached);
  inner_->context.restart();
  while (inner_->context.poll() > 0) {
  }
  inner_->client->cancel_all();
  inner_->context.run();
  return std::move(place).value();
}

FetchRequest brief(const std::string& url, Duration timeout) {
  FetchRequest request;
  request.url = url;
  request.timeout = timeout;
  return request;
}

std::string outcome(const FetchResult& result) {
  if (result) return "status " + std::to_string(result->status);
  return collectors::fetch_failure_name(result.error().failure);
}

}  // namespace revisitd::testing
