"""Billing documents as both faces show them; knows neither face."""
