// Package parsers reads the made pages of exposition_bench with the parsers of Prometheus and VictoriaMetrics.
// parsers.py builds and runs it.
package parsers

import (
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"

	victoria "github.com/VictoriaMetrics/VictoriaMetrics/lib/protoparser/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

const variants = 4 // of a page, with other values each

// As made_lines() of exposition_bench.cc: 120 bytes a sample, 25 samples a family.
func madePage(size int, variant int64) string {
	random := rand.New(rand.NewSource(variant))
	var page strings.Builder
	for i := 0; i*120 < size; i++ {
		family := fmt.Sprintf("container_family_%d_bytes_total", i/25)
		if i%25 == 0 {
			fmt.Fprintf(&page, "# HELP %s Bytes that this container has moved.\n# TYPE %s counter\n", family, family)
		}
		value := fmt.Sprint(random.Intn(100_000_000))
		switch {
		case i%3 == 1:
			point := len(value) - len(value)/2
			value = value[:point] + "." + value[point:]
		case i%3 == 2 && i%10 < 3:
			value = "1." + value + "e+09"
		}
		fmt.Fprintf(&page, "%s{container=\"app\",namespace=\"payments\",pod=\"checkout-7d9f8b6c-%d\",zone=\"eu-1\"} %s\n",
			family, 10000+i, value)
	}
	return page.String()
}

var sum float64

// read gets every page in turn; pages of one size are of nearly one length.
func measure(b *testing.B, read func(b *testing.B, page string)) {
	for _, size := range []int{20_000, 200_000, 2_000_000} {
		b.Run(fmt.Sprint(size/1000), func(b *testing.B) {
			var pages [variants]string
			for i := range pages {
				pages[i] = madePage(size, int64(i))
				read(b, pages[i])
			}
			b.SetBytes(int64(len(pages[0])))
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				read(b, pages[i%variants])
			}
		})
	}
}

func readWithPrometheus(b *testing.B, page string, series func(parser textparse.Parser, text []byte)) {
	parser := textparse.NewPromParser([]byte(page))
	for {
		entry, err := parser.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
		if entry == textparse.EntrySeries {
			text, _, value := parser.Series()
			sum += value
			series(parser, text)
		}
	}
}

// Labels split, as for a series that the scrape loop does not know.
func BenchmarkPrometheusUnseen(b *testing.B) {
	var split labels.Labels
	measure(b, func(b *testing.B, page string) {
		readWithPrometheus(b, page, func(parser textparse.Parser, _ []byte) { parser.Metric(&split) })
	})
}

// Looked up by its text, as the scrape loop does with those it knows.
func BenchmarkPrometheusSeen(b *testing.B) {
	known := map[string]int{}
	measure(b, func(b *testing.B, page string) {
		readWithPrometheus(b, page, func(_ textparse.Parser, text []byte) {
			if _, ok := known[string(text)]; !ok {
				known[string(text)] = len(known)
			}
		})
	})
}

// It remembers nothing of a page, so unseen and seen are one.
func BenchmarkVictoriaMetrics(b *testing.B) {
	var rows victoria.Rows
	measure(b, func(b *testing.B, page string) {
		rows.Unmarshal(page)
		for i := range rows.Rows {
			sum += rows.Rows[i].Value
		}
	})
}
