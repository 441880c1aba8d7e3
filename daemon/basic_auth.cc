#include "daemon/basic_auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "collectors/blocking_pool.h"
#include "collectors/http_head.h"
#include "daemon/response_format.h"

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

constexpr Duration kMaxWait = std::chrono::seconds(10);
constexpr std::size_t kMaxPasswordBytes = 1024;

struct Gate {
  Gate(asio::any_io_executor where, std::map<std::string, std::string> known, HttpHandler what)
      : executor(where),
        users(std::move(known)),
        next(std::move(what)),
        pool(where, {.threads = 2, .max_queue = 64}) {}

  asio::any_io_executor executor;
  std::map<std::string, std::string> users;
  HttpHandler next;
  collectors::BlockingPool pool;
};

enum class Check { right, wrong, overloaded };

struct Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor, kMaxWait) {}
  asio::steady_timer timer;
  bool answered = false;
};

// The hash of an unknown user is checked against somebody's, so that time does not tell who exists.
asio::awaitable<Check> check_password(Gate& gate, std::string name, std::string password) {
  const auto found = gate.users.find(name);
  const bool known = found != gate.users.end();
  std::string hash = known ? found->second : gate.users.begin()->second;
  const auto matches = std::make_shared<bool>(false);
  const auto waiter = std::make_shared<Waiter>(gate.executor);
  const bool queued =
      gate.pool.submit([matches, password = std::move(password),
                        hash = std::move(hash)] { *matches = bcrypt_matches(password, hash); },
                       [waiter] {
                         waiter->answered = true;
                         waiter->timer.cancel();
                       });
  if (!queued) co_return Check::overloaded;
  boost::system::error_code ignored;
  co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!waiter->answered) co_return Check::overloaded;
  co_return known && *matches ? Check::right : Check::wrong;
}

HttpResponse ask_for_password() {
  HttpResponse response = plain_response(401, "a name and a password are needed");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"revisitd\", charset=\"UTF-8\"");
  return response;
}

asio::awaitable<HttpResponse> pass_gate(std::shared_ptr<Gate> gate, HttpRequest request) {
  auto given = parse_basic_credentials(request.header("authorization"));
  if (!given) co_return ask_for_password();
  const std::string name = given->first;
  switch (co_await check_password(*gate, name, std::move(given->second))) {
    case Check::wrong:
      co_return ask_for_password();
    case Check::overloaded: {
      HttpResponse busy = plain_response(503, "too many passwords are being checked");
      busy.headers.emplace_back("Retry-After", "1");
      co_return busy;
    }
    case Check::right:
      break;
  }
  request.user = name;
  request.headers.erase("authorization");
  co_return co_await gate->next(std::move(request));
}

// Standard base64 with its padding, as the header needs it; nothing for anything else.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 2 * kMaxPasswordBytes)
    return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> parse_basic_credentials(
    std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (!collectors::same_name(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  authorization.remove_prefix(kScheme.size());
  const auto decoded = decode_base64(authorization);
  if (!decoded || decoded->find('\0') != std::string::npos) return std::nullopt;
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  return std::pair(decoded->substr(0, colon), decoded->substr(colon + 1));
}

bool bcrypt_matches(const std::string& password, const std::string& hash) {
  // 32 KiB: too much for a thread's stack to carry lightly.
  const auto scratch = std::make_unique<crypt_data>();
  const char* made = ::crypt_r(password.c_str(), hash.c_str(), scratch.get());
  const std::string_view result = made != nullptr ? made : "";
  const bool same =
      result.size() == hash.size() && CRYPTO_memcmp(result.data(), hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(scratch.get(), sizeof(crypt_data));
  return same;
}

HttpHandler require_basic_auth(asio::any_io_executor executor,
                               std::map<std::string, std::string> users, HttpHandler next) {
  if (users.empty()) return next;
  const auto gate = std::make_shared<Gate>(std::move(executor), std::move(users), std::move(next));
  return [gate](HttpRequest request) { return pass_gate(gate, std::move(request)); };
}

}  // namespace revisitd::daemon
