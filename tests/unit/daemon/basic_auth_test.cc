#include "daemon/basic_auth.h"

#include <crypt.h>
#include <gmock/gmock.h>
#include <openssl/evp.h>

#include <thread>

#include "tests/unit/daemon/running_server.h"

namespace revisitd::testing {
namespace {

using daemon::HttpRequest;
using daemon::HttpResponse;
using daemon::parse_basic_credentials;

std::string bcrypt(const std::string& password) {
  crypt_data scratch{};
  return ::crypt_r(password.c_str(), "$2b$04$abcdefghijklmnopqrstuu", &scratch);
}

std::string base64(const std::string& text) {
  std::string out(text.size() / 3 * 4 + 5, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

HttpResponse who(const HttpRequest& request) {
  HttpResponse response;
  response.body =
      request.user + (request.header("authorization").empty() ? "" : " and the password");
  return response;
}

std::string ask(std::uint16_t port, const std::string& credentials) {
  const std::string field =
      credentials.empty() ? "" : "Authorization: Basic " + base64(credentials) + "\r\n";
  return talk(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + field + "\r\n");
}

TEST(BasicAuthTest, TheRightPasswordNamesTheUserToTheHandler) {
  RunningServer server(who, {{"ana", bcrypt("correct horse")}});
  const std::string response = ask(server.port(), "ana:correct horse");
  EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(body_of(response), "ana") << "the password itself must not travel on";
}

TEST(BasicAuthTest, AnythingElseIsAskedForAPassword) {
  RunningServer server(who, {{"ana", bcrypt("correct horse")}});
  for (const char* credentials :
       {"", "ana:wrong", "ana:", "bob:correct horse", ":correct horse", "ana"}) {
    const std::string response = ask(server.port(), credentials);
    EXPECT_EQ(status_of(response), 401) << credentials;
    EXPECT_THAT(field_of(response, "WWW-Authenticate"), ::testing::StartsWith("Basic realm="));
  }
}

TEST(BasicAuthTest, WithoutUsersNobodyIsAsked) {
  RunningServer server(who, std::map<std::string, std::string>());
  EXPECT_EQ(status_of(ask(server.port(), "")), 200);
}

TEST(BasicAuthTest, ManyAtOnceAreCheckedAndNoneIsLetThroughWrongly) {
  RunningServer server(who, {{"ana", bcrypt("right")}});
  std::vector<std::thread> clients;
  std::vector<int> statuses(40);
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    clients.emplace_back([&, i] {
      statuses[i] = status_of(ask(server.port(), i % 2 == 0 ? "ana:right" : "ana:wrong"));
    });
  }
  for (std::thread& client : clients) client.join();
  for (std::size_t i = 0; i < statuses.size(); ++i) EXPECT_EQ(statuses[i], i % 2 == 0 ? 200 : 401);
}

TEST(BasicAuthTest, CredentialsAreParsedStrictly) {
  EXPECT_EQ(parse_basic_credentials("Basic YW5hOmE6Yg=="),
            std::pair(std::string("ana"), std::string("a:b")));
  EXPECT_EQ(parse_basic_credentials("basic YW5hOg=="),
            std::pair(std::string("ana"), std::string()));
  for (const char* text : {"", "Basic", "Basic ", "Basic ***=", "Basic YW5h",
                           "Bearer YW5hOmE6Yg==", "Basic YW5hOmE6Yg", "Basic YW5hADph"}) {
    EXPECT_FALSE(parse_basic_credentials(text)) << text;
  }
}

TEST(BasicAuthTest, OnlyTheRightPasswordMatchesItsHash) {
  const std::string hash = bcrypt("right");
  EXPECT_TRUE(daemon::bcrypt_matches("right", hash));
  EXPECT_FALSE(daemon::bcrypt_matches("wrong", hash));
  EXPECT_FALSE(daemon::bcrypt_matches("", hash));
  EXPECT_FALSE(daemon::bcrypt_matches("right", "$2b$04$broken"));
}

}  // namespace
}  // namespace revisitd::testing
