#include "daemon/request_guard.h"

#include <gtest/gtest.h>

namespace revisitd::daemon {
namespace {

HttpRequest change() {
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/v1/revisits/1/acknowledge";
  request.headers = {{"host", "localhost:9750"}, {"content-type", "application/json"}};
  request.peer = "127.0.0.1";
  request.peer_is_loopback = true;
  return request;
}

HttpRequest with(const std::string& name, const std::string& value) {
  HttpRequest request = change();
  request.headers[name] = value;
  return request;
}

HttpRequest from_afar() {
  HttpRequest request = change();
  request.peer = "10.0.0.9";
  request.peer_is_loopback = false;
  return request;
}

const GuardPolicy kLoopback = {.listen_host = "127.0.0.1", .external_host = ""};
const GuardPolicy kEverywhere = {.listen_host = "", .external_host = "revisit.example"};

int status(const std::optional<Refusal>& refusal) { return refusal ? refusal->status : 0; }

TEST(RequestGuardTest, AJsonChangeFromThisMachineIsAccepted) {
  EXPECT_EQ(status(refuse_change(change(), kLoopback)), 0);
  EXPECT_EQ(
      status(refuse_change(with("content-type", "application/json; charset=utf-8"), kLoopback)), 0);
}

TEST(RequestGuardTest, WhatAFormCanSendIsNoJson) {
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
        "text/plain; application/json", "application/jsonx"}) {
    EXPECT_EQ(status(refuse_change(with("content-type", type), kLoopback)), 415) << type;
  }
}

TEST(RequestGuardTest, AReloadMayBeBare) {
  HttpRequest bare = change();
  bare.headers.erase("content-type");
  EXPECT_EQ(status(refuse_change(bare, kLoopback)), 415);
  bare.path = "/-/reload";
  EXPECT_EQ(status(refuse_change(bare, kLoopback)), 0);
  HttpRequest form = bare, full = bare, foreign = bare;
  form.headers["content-type"] = "application/x-www-form-urlencoded";
  full.body = "x=1";
  foreign.headers["origin"] = "https://evil.example";
  EXPECT_EQ(status(refuse_change(form, kLoopback)), 415);
  EXPECT_EQ(status(refuse_change(full, kLoopback)), 415);
  EXPECT_EQ(status(refuse_change(foreign, kLoopback)), 403);
}

TEST(RequestGuardTest, OthersNeedCredentials) {
  EXPECT_EQ(status(refuse_change(from_afar(), kLoopback)), 403);
  HttpRequest named = from_afar();
  named.user = "ana";
  EXPECT_EQ(status(refuse_change(named, kLoopback)), 0);
  HttpRequest certified = from_afar();
  certified.client_verified = true;
  EXPECT_EQ(status(refuse_change(certified, kLoopback)), 0);
}

TEST(RequestGuardTest, AForeignOriginIsRefused) {
  for (const char* origin :
       {"http://evil.example", "null", "http://localhost", "http://localhost:9751",
        "http://localhost:9750.evil.example", "localhost:9750"}) {
    EXPECT_EQ(status(refuse_change(with("origin", origin), kLoopback)), 403) << origin;
  }
  EXPECT_EQ(status(refuse_change(with("origin", "http://localhost:9750"), kLoopback)), 0);
}

TEST(RequestGuardTest, TheOriginOfTheExternalUrlIsOurs) {
  HttpRequest request = with("origin", "https://revisit.example");
  EXPECT_EQ(status(refuse_change(request, kEverywhere)), 0);
  EXPECT_EQ(status(refuse_change(request, kLoopback)), 403);
}

TEST(RequestGuardTest, AnUnknownHostIsRefused) {
  for (const char* host : {"", "evil.example", "evil.example:9750", "localhost.evil.example",
                           "127.0.0.1.evil.example", "10.0.0.1", "[::1"}) {
    EXPECT_EQ(status(refuse_change(with("host", host), kLoopback)), 403) << host;
    EXPECT_EQ(status(refuse_read(with("host", host), kLoopback)), 403) << host;
  }
}

TEST(RequestGuardTest, HostsThatNameUsAreKnown) {
  for (const char* host : {"localhost", "LOCALHOST:1", "localhost.:9750", "127.0.0.1:9750",
                           "[::1]:9750", "127.0.0.9"}) {
    EXPECT_TRUE(is_known_host(host, kLoopback)) << host;
  }
  EXPECT_TRUE(is_known_host("revisit.example:443", kEverywhere));
  EXPECT_TRUE(is_known_host("10.0.0.1:9750", kEverywhere));
  EXPECT_FALSE(is_known_host("evil.example", kEverywhere));
  EXPECT_TRUE(is_known_host("10.1.1.1:9750", {.listen_host = "10.1.1.1"}));
  EXPECT_FALSE(is_known_host("10.1.1.2:9750", {.listen_host = "10.1.1.1"}));
  EXPECT_TRUE(is_known_host("10.1.1.2:9750", {.listen_host = "0.0.0.0"}));
}

TEST(RequestGuardTest, ReadsAreGuardedOnLoopbackOnly) {
  EXPECT_EQ(status(refuse_read(with("host", "localhost"), kLoopback)), 0);
  EXPECT_EQ(status(refuse_read(with("host", "any.example"), kEverywhere)), 0);
}

}  // namespace
}  // namespace revisitd::daemon
