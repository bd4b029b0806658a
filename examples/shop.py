"""A Flask application; its view is asked by Flask's own test client.

It fails in price; the request is answered once it is mended.
Change   article["prize"]   to   article["price"]   in price.
"""

import flask

app = flask.Flask(__name__)

ARTICLES = {"tea": {"price": 3}, "cup": {"price": 7}}


@app.get("/price/<name>")
def price(name):
    article = ARTICLES[name]
    count = int(flask.request.args.get("count", 1))
    return {"name": name, "price": article["prize"] * count}


def main():
    client = app.test_client()
    for path in ("/price/tea", "/price/cup?count=3", "/nothing"):
        response = client.get(path)
        print(path, response.status_code, response.json, flush=True)


if __name__ == "__main__":
    main()
