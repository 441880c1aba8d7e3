#include <gmock/gmock.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>
#ifdef REVISITD_SANITIZED
#include <sanitizer/allocator_interface.h>
#endif

#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/fetching.h"

// Peers that send too much, too slowly or for ever.
namespace revisitd::testing {
namespace {

using collectors::FetchRequest;

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
const std::string kChunkedHead = kHead + "Transfer-Encoding: chunked\r\n\r\n";
constexpr std::size_t kMiB = 1 << 20;

// A sanitizer keeps what is freed aside for a while, so there it is what is held that counts.
std::size_t memory_in_use() {
#ifdef REVISITD_SANITIZED
  return __sanitizer_get_current_allocated_bytes();
#else
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
#endif
}

// How far this process grows from here on, looked at every millisecond.
class MemoryWatch {
 public:
  ~MemoryWatch() { end(); }
  std::size_t growth() {
    end();
    return most_ - before_;
  }

 private:
  void end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void look() {
    while (!ended_) {
      most_ = std::max(most_, memory_in_use());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::size_t before_ = memory_in_use(), most_ = before_;
  std::atomic<bool> ended_ = false;
  std::thread thread_{[this] { look(); }};
};

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string encoded_response(const std::string& body, const std::string& encoding = "gzip") {
  return ok_response(body, "Content-Encoding: " + encoding + "\r\n");
}

FetchRequest limited(const FaultServer& server, std::size_t bytes) {
  FetchRequest request = brief(server.url(), std::chrono::seconds(10));
  request.max_wire_bytes = bytes;
  request.max_body_bytes = bytes;
  return request;
}

struct Slow {
  const char* name;
  Script script;
};

class HttpClientDeadlineTest : public ::testing::TestWithParam<Slow> {};

TEST_P(HttpClientDeadlineTest, TheTotalDeadlineStrikesAndTheSocketIsClosed) {
  FaultServer server(GetParam().script);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(outcome(Fetching().fetch(brief(server.url()))), "timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  EXPECT_TRUE(server.wait_until_idle());
}

INSTANTIATE_TEST_SUITE_P(
    Peers, HttpClientDeadlineTest,
    ::testing::Values(
        Slow{"NeverAnswers", {hang()}},
        Slow{"StallsInTheHead", {read_request(), send("HTTP/1.1 2"), hang()}},
        Slow{"StallsInTheBody",
             {read_request(), send(kHead + "Content-Length: 9\r\n\r\nabc"), hang()}},
        Slow{"TricklesTheHead", {read_request(), send("HTTP/1.1 200 OK\r\nX: "), trickle("x")}},
        Slow{"TricklesTheBody",
             {read_request(), send(kHead + "Content-Length: 9000\r\n\r\n"), trickle("x")}},
        Slow{"TricklesChunks", {read_request(), send(kChunkedHead), trickle("1\r\nx\r\n")}},
        Slow{"StallsBeforeTheLastChunk",
             {read_request(), send(kChunkedHead + "1\r\nx\r\n"), hang()}}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(HttpClientLimitsTest, AnEndlessBodyStopsAtTheCapAndMemoryWithIt) {
  FaultServer server(
      Script{read_request(), send(kHead + "\r\n"), send(std::string(kMiB, 'x'), 1024)});
  FetchRequest request = limited(server, 4 * kMiB);
  std::size_t seen = 0;
  request.sink = [&](std::string_view piece) { return (seen += piece.size()) > 0; };
  MemoryWatch memory;
  EXPECT_EQ(outcome(Fetching().fetch(request)), "too_large");
  EXPECT_LE(seen, 4 * kMiB);
  EXPECT_LT(memory.growth(), 10 * kMiB);
}

TEST(HttpClientLimitsTest, AnAnnouncedBodyOverTheCapIsNotReadAtAll) {
  FaultServer server(Script{read_request(), send(kHead + "Content-Length: 1073741824\r\n\r\n"),
                            send(std::string(kMiB, 'x'), 1024)});
  EXPECT_EQ(outcome(Fetching().fetch(limited(server, kMiB))), "too_large");
  EXPECT_TRUE(server.wait_until_idle());
  EXPECT_LT(server.bytes_sent(), 64 * kMiB);
}

TEST(HttpClientLimitsTest, TheDecodedCapHoldsForABodyKeptInMemory) {
  FaultServer server(answering(ok_response(std::string(2000, 'x'))));
  FetchRequest request = limited(server, kMiB);
  request.max_body_bytes = 1999;
  EXPECT_EQ(outcome(Fetching().fetch(request)), "too_large");
  request.max_body_bytes = 2000;
  EXPECT_EQ(outcome(Fetching().fetch(request)), "status 200");
}

struct Endless {
  const char* name;
  std::string start;
  std::string again;
};

class HttpClientEndlessTest : public ::testing::TestWithParam<Endless> {};

TEST_P(HttpClientEndlessTest, IsStoppedAsTooLarge) {
  FaultServer server(
      Script{read_request(), send(GetParam().start), send(GetParam().again, 2'000'000)});
  FetchRequest request = limited(server, kMiB);
  MemoryWatch memory;
  EXPECT_EQ(outcome(Fetching().fetch(request)), "too_large");
  EXPECT_TRUE(server.wait_until_idle());
  EXPECT_LT(memory.growth(), 10 * kMiB);
}

INSTANTIATE_TEST_SUITE_P(
    Streams, HttpClientEndlessTest,
    ::testing::Values(Endless{"HeaderLine", "HTTP/1.1 200 OK\r\nX: ", "xxxxxxxxxxxxxxxx"},
                      Endless{"HeaderFields", "HTTP/1.1 200 OK\r\n", "X: y\r\n"},
                      Endless{"StatusLine", "HTTP/1.1 200 ", "xxxxxxxxxxxxxxxx"},
                      Endless{"ChunkExtension", kChunkedHead + "1;", "xxxxxxxxxxxxxxxx"},
                      Endless{"ChunksOfOneByte", kChunkedHead,
                              "1;a=bbbbbbbbbbbbbbbbbbbbbbbb\r\nx\r\n"},
                      Endless{"Trailers", kChunkedHead + "0\r\n", "X: yyyyyyyyyyyyy\r\n"}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(HttpClientLimitsTest, DecodesGzip) {
  const std::string page = "http_requests_total 5\n";
  FaultServer server(answering(encoded_response(gzip(page))));
  const auto result = Fetching().get(server.url());
  ASSERT_EQ(outcome(result), "status 200");
  EXPECT_EQ(result->body, page);
  EXPECT_THAT(server.requests().at(0), ::testing::HasSubstr("\r\nAccept-Encoding: gzip\r\n"));
}

TEST(HttpClientLimitsTest, AGzipBombStopsAtTheDecodedCap) {
  FaultServer server(answering(encoded_response(gzip(std::string(64 * kMiB, '\0')))));
  FetchRequest request = limited(server, kMiB);
  std::size_t seen = 0;
  request.sink = [&](std::string_view piece) { return (seen += piece.size()) > 0; };
  EXPECT_EQ(outcome(Fetching().fetch(request)), "too_large");
  EXPECT_LE(seen, kMiB);
}

TEST(HttpClientLimitsTest, ADamagedGzipBodyIsRefused) {
  std::string bad_crc = gzip("up 1\n");
  bad_crc[bad_crc.size() - 6] ^= 0x55;
  FaultServer crc(answering(encoded_response(bad_crc)));
  EXPECT_EQ(outcome(Fetching().get(crc.url())), "protocol");
  FaultServer plain(answering(encoded_response("up 1\n")));
  EXPECT_EQ(outcome(Fetching().get(plain.url())), "protocol");
}

TEST(HttpClientLimitsTest, AGzipBodyThatEndsEarlyIsTruncated) {
  const std::string whole = gzip("up 1\n");
  FaultServer server(answering(encoded_response(whole.substr(0, whole.size() - 3))));
  EXPECT_EQ(outcome(Fetching().get(server.url())), "truncated");
}

TEST(HttpClientLimitsTest, OtherEncodingsAndDoubleOnesAreRefused) {
  for (const std::string encoding :
       {"br", "zstd", "deflate", "gzip, gzip", "gzip\r\nContent-Encoding: gzip"}) {
    FaultServer server(answering(encoded_response(gzip("up 1\n"), encoding)));
    EXPECT_EQ(outcome(Fetching().get(server.url())), "protocol") << encoding;
  }
}

TEST(HttpClientLimitsTest, AnErrorPageInAForeignEncodingStillTellsItsStatus) {
  FaultServer server(answering(
      "HTTP/1.1 503 Busy\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\n\x01\x02\x03\x04"));
  EXPECT_EQ(outcome(Fetching().get(server.url())), "status 503");
}

TEST(HttpClientLimitsTest, AHugeReplyIsCutWhereTheCallerWantsNoMore) {
  FaultServer server(Script{read_request(), send(kHead + "Content-Length: 419430400\r\n\r\n"),
                            send(std::string(kMiB, '\x01'), 400)});
  FetchRequest request = limited(server, 64 * 1024);
  request.method = "POST";
  request.cut_body = true;
  request.max_wire_bytes = kMiB;
  const auto result = Fetching().fetch(request);
  ASSERT_EQ(outcome(result), "status 200");
  EXPECT_TRUE(result->body_cut);
  EXPECT_EQ(result->body.size(), 64u * 1024);
  EXPECT_LE(result->wire_bytes, 96u * 1024);
  EXPECT_TRUE(server.wait_until_idle());
}

TEST(HttpClientLimitsTest, AHugeErrorPageStillTellsItsStatus) {
  FaultServer server(
      Script{read_request(), send("HTTP/1.1 500 Oops\r\n\r\n"), send(std::string(kMiB, 'x'), 100)});
  const auto result = Fetching().fetch(limited(server, 16 * kMiB));
  ASSERT_EQ(outcome(result), "status 500");
  EXPECT_EQ(result->body.size(), 64u * 1024);
}

TEST(HttpClientLimitsTest, HalfTheTargetsHangAndTheOthersAnswerAtOnce) {
  FaultServer dead(Script{hang()});
  FaultServer alive(answering(ok_response("up 1\n")));
  std::vector<FetchRequest> requests;
  for (int i = 0; i < 40; ++i)
    requests.push_back(
        brief(i % 2 == 0 ? dead.url() : alive.url(), std::chrono::milliseconds(600)));
  const auto results = Fetching().fetch_all(requests);
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(outcome(results[i]), i % 2 == 0 ? "timeout" : "status 200");
    if (results[i]) EXPECT_LT(results[i]->elapsed, std::chrono::milliseconds(500));
  }
}

}  // namespace
}  // namespace revisitd::testing
