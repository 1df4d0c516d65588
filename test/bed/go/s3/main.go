// s3 is an S3 server that checks credentials: gofakes3, which takes any, behind a check of the signature.
// Data lies in one file, so that it outlives a restart. Only the first key may make and delete buckets: Barman makes one
// that is missing when it may, which the keys of a backup mostly may not.
//
//	S3_KEYS="ID:SECRET ID:SECRET" s3 --listen 127.0.0.1:9000 --data FILE
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3bolt"
)

func main() {
	address := flag.String("listen", "127.0.0.1:9000", "where to answer")
	file := flag.String("data", "s3.db", "file of the data")
	flag.Parse()
	secrets := map[string]string{}
	owner := ""
	for _, pair := range strings.Fields(os.Getenv("S3_KEYS")) {
		id, secret, _ := strings.Cut(pair, ":")
		secrets[id] = secret
		if owner == "" {
			owner = id
		}
	}
	backend, err := s3bolt.NewFile(*file)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(*address, checked(gofakes3.New(backend).Server(), secrets, owner)))
}

func checked(inner http.Handler, secrets map[string]string, owner string) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		id, code := refusal(request, secrets)
		if code == "" && id != owner && ofBucket(request) {
			code = "AccessDenied"
		}
		log.Println(request.Method, request.URL, code)
		if code == "" {
			inner.ServeHTTP(writer, request)
			return
		}
		writer.Header().Set("Content-Type", "application/xml")
		writer.WriteHeader(http.StatusForbidden)
		if request.Method != http.MethodHead {
			fmt.Fprintf(writer, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
		}
	})
}

// ofBucket tells whether a bucket is made or deleted.
func ofBucket(request *http.Request) bool {
	changes := request.Method == http.MethodPut || request.Method == http.MethodDelete
	return changes && request.URL.RawQuery == "" && !strings.Contains(strings.Trim(request.URL.Path, "/"), "/")
}
