#!/usr/bin/python3
# coding: utf-8
"doc"; from __future__ss A(Generic[T]):
    some_b: 'B'


class B(Generic[T]):
    cl