#include "daemon/cli/fetch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "daemon/version.h"

namespace revisitd::daemon::cli {
namespace {

namespace asio = boost::asio;
using collectors::FetchError;
using collectors::FetchResponse;

asio::awaitable<void> fetch_into(collectors::HttpClient& client, collectors::FetchRequest request,
                                 std::optional<Result<FetchResponse, FetchError>>& answer) {
  answer.emplace(co_await client.fetch(std::move(request)));
}

}  // namespace

Result<FetchResponse> fetch(collectors::FetchRequest request) {
  asio::io_context context(1);
  collectors::HttpClientOptions options;
  options.user_agent = "revisitd/" + build_info().version;
  const auto client = collectors::make_http_client(context.get_executor(), options);
  request.keep_alive = false;
  std::optional<Result<FetchResponse, FetchError>> answer;
  asio::co_spawn(context, fetch_into(*client, std::move(request), answer), asio::detached);
  while (!answer && context.run_one() > 0) {
  }
  if (!answer) return Error{"no answer"};
  if (!*answer) return Error{answer->error().message};
  return **std::move(answer);
}

}  // namespace revisitd::daemon::cli
